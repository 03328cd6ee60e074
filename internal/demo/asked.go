package demo

import (
	"errors"

	"zhigang/internal/db"
	"zhigang/internal/position"
)

// asked lets an organization look for something that the student, who agreed to be found, knows best, and ask for their
// contact.
func (s *story) asked() error {
	me, err := s.people.Get(s.ctx, s.student)
	if err != nil {
		return err
	}
	me.Skills = db.AsJSON([]string{"沟通", "办公软件", "手语"})
	if err := s.people.Save(s.ctx, s.student, me); err != nil {
		return err
	}
	if err := s.suggestions.Choose(s.ctx, s.student, true, true); err != nil {
		return err
	}
	o := s.owners[3]
	c := s.content(o, 2_000_005)
	c.Title, c.Degree, c.Majors, c.Skills = "听障人士服务社工", position.NoDegree, db.AsJSON([]string{me.Major}), me.Skills
	post, err := s.publish(o, c, position.Job)
	if err != nil {
		return err
	}
	all, err := s.suggestions.Candidates(s.ctx, o.actor, o.org.ID, post.ID)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("nobody suits the post that was made for the student")
	}
	return s.suggestions.Ask(s.ctx, o.actor, o.org.ID, post.ID, all[0].Ref)
}
