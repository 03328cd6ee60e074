package web

// Route is a route of the site, for whoever looks after it.
type Route struct {
	Method     string `json:"method"`
	Path       string `json:"path"`
	Permission string `json:"permission"`
}

// Routes lists every route with who may call it, in the order of the table.
func Routes() []Route {
	var all []Route
	for _, r := range (&handlers{}).routes() {
		all = append(all, Route{r.method, r.path, string(r.who)})
	}
	return all
}
