package match

// Followed returns how many saved searches are in memory, those that have ended since they were loaded among them.
func (s *Service) Followed() int {
	s.following.mu.Lock()
	defer s.following.mu.Unlock()
	if s.following.index == nil {
		return 0
	}
	return s.following.index.Len()
}
