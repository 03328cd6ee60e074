package bleve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// lockWait is how long is waited for another process that has the index open.
const lockWait = 2 * time.Second

// checkRoot reads the file in which the engine lists its segments from end to end. The engine itself finds damage only
// when it next writes, in a goroutine of its own, and from then on every write hangs.
func checkRoot(dir string) error {
	path := filepath.Join(dir, "root.bolt")
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	file, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockWait})
	if err != nil {
		return err
	}
	err = file.View(func(tx *bolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%s has %d of %d bytes", path, info.Size(), tx.Size())
		}
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return readAll(b) })
	})
	return errors.Join(err, file.Close())
}

// readAll reads a bucket and those in it.
func readAll(b *bolt.Bucket) error {
	return b.ForEach(func(key, value []byte) error {
		if value == nil {
			return readAll(b.Bucket(key))
		}
		return nil
	})
}
