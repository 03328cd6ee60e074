package relevance

import (
	"bytes"
	_ "embed"
)

//go:embed posts.jsonl
var postLines []byte

//go:embed queries.jsonl
var queryLines []byte

// Judged returns the set that is built in. Its organizations and posts are invented. It was made from lists of titles by
// trade: a post fits a query for its trade, and the title decides between grade 3 and 2; what it only mentions in its
// description does not make it fit; a fact that is asked for (place, pay, degree, kind, what is not wanted) must hold.
func Judged() (posts []Post, queries []Query, err error) {
	if posts, err = Read[Post](bytes.NewReader(postLines)); err != nil {
		return nil, nil, err
	}
	queries, err = Read[Query](bytes.NewReader(queryLines))
	return posts, queries, err
}
