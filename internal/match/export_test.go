package match

import "zhigang/internal/outbox"

// Followed returns how many saved searches of a part are in memory, those that have ended since they were loaded among them.
func (s *Service) Followed(part outbox.Part) int {
	s.following.mu.Lock()
	f := s.following.byPart[part]
	s.following.mu.Unlock()
	if f == nil {
		return 0
	}
	f.turn <- struct{}{}
	defer f.turn.give()
	if f.index == nil {
		return 0
	}
	return f.index.Len()
}
