package demo

// asked lets organizations find the student, who agreed to it, until one has asked for their contact.
func (s *story) asked() error {
	if err := s.suggestions.Choose(s.ctx, s.student, true, true); err != nil {
		return err
	}
	for _, o := range s.owners[1:] {
		post, err := s.open(o)
		if err != nil {
			return err
		}
		all, err := s.suggestions.Candidates(s.ctx, o.actor, o.org.ID, post.ID)
		if err != nil {
			return err
		}
		for _, one := range all {
			if err := s.suggestions.Ask(s.ctx, o.actor, o.org.ID, post.ID, one.Ref); err != nil {
				return err
			}
		}
		if mine, err := s.suggestions.MyAsks(s.ctx, s.student); err != nil || len(mine) > 0 {
			return err
		}
	}
	return nil
}
