package lossyfs

import (
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// tree is the file system behind a mount. Nodes stay known by their number until the
// next cut, whether or not a name leads to them.
type tree struct {
	fuse.RawFileSystem // answers "not implemented" to what is not below

	mu       sync.Mutex
	nodes    map[uint64]*node
	last     uint64        // number given to a node
	used     int64         // bytes of all files
	limit    int64         // for used; a write beyond it is answered ENOSPC
	syncTime time.Duration // an fsync takes
	broken   bool          // an fsync is answered EIO
}

const (
	unlimited = 1 << 40 // bytes
	cacheFor  = time.Hour
)

func newTree(syncTime time.Duration) *tree {
	root := &node{id: fuse.FUSE_ROOT_ID, mode: 0o700, folder: true, entries: map[string]*node{}, synced: map[string]*node{}}
	return &tree{RawFileSystem: fuse.NewDefaultRawFileSystem(), nodes: map[uint64]*node{root.id: root}, last: root.id,
		limit: unlimited, syncTime: syncTime}
}

// cut is a loss of power; nothing may be mounted.
func (t *tree) cut(how Loss, seed uint64) (r Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rng := rand.New(rand.NewPCG(seed, 512)) //nolint:gosec // a harness wants the same chance again
	for id := uint64(fuse.FUSE_ROOT_ID); id <= t.last; id++ {
		if n := t.nodes[id]; n != nil {
			n.cut(how, rng, &r)
		}
	}
	left := map[uint64]*node{}
	t.used = 0
	var keep func(n *node)
	keep = func(n *node) {
		left[n.id] = n
		t.used += int64(len(n.data))
		for _, x := range n.entries {
			if left[x.id] == nil {
				x.names = 0
				keep(x)
			}
			x.names++
		}
	}
	keep(t.nodes[fuse.FUSE_ROOT_ID])
	t.nodes = left
	return r
}

// child is the entry of a folder.
func (t *tree) child(folder uint64, name string) (dir, n *node, code fuse.Status) {
	dir = t.nodes[folder]
	if dir == nil || !dir.folder {
		return nil, nil, fuse.ENOTDIR
	}
	if n = dir.entries[name]; n == nil {
		return dir, nil, fuse.ENOENT
	}
	return dir, n, fuse.OK
}

func (t *tree) make(folder uint64, name string, mode uint32, isFolder bool) (*node, fuse.Status) {
	dir, _, code := t.child(folder, name)
	if code == fuse.OK {
		return nil, fuse.Status(syscall.EEXIST)
	}
	if dir == nil {
		return nil, code
	}
	t.last++
	n := &node{id: t.last, mode: mode & 0o7777, folder: isFolder}
	if isFolder {
		n.entries, n.synced = map[string]*node{}, map[string]*node{}
	}
	t.nodes[n.id], dir.entries[name], n.names = n, n, 1
	return n, fuse.OK
}

func (n *node) attr(out *fuse.Attr) {
	*out = fuse.Attr{Ino: n.id, Size: uint64(len(n.data)), Blocks: uint64(len(n.data)+sector-1) / sector, Mode: n.mode | n.fileType(),
		Nlink: 1, Blksize: 4096}
}

func (n *node) entry(out *fuse.EntryOut) {
	out.NodeId = n.id
	out.SetEntryTimeout(cacheFor)
	out.SetAttrTimeout(cacheFor)
	n.attr(&out.Attr)
}

func (t *tree) Lookup(_ <-chan struct{}, header *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, n, code := t.child(header.NodeId, name)
	if code == fuse.OK {
		n.entry(out)
	}
	return code
}

func (t *tree) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.describe(in.NodeId, out)
}

func (t *tree) describe(id uint64, out *fuse.AttrOut) fuse.Status {
	n := t.nodes[id]
	if n == nil {
		return fuse.ENOENT
	}
	out.SetTimeout(cacheFor)
	n.attr(&out.Attr)
	return fuse.OK
}

func (t *tree) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[in.NodeId]
	if n == nil {
		return fuse.ENOENT
	}
	if mode, ok := in.GetMode(); ok {
		n.mode = mode
	}
	if size, ok := in.GetSize(); ok {
		if code := t.grow(int64(size) - int64(len(n.data))); code != fuse.OK {
			return code
		}
		n.truncate(int64(size))
	}
	return t.describe(in.NodeId, out)
}

// grow takes more bytes of the disk, or gives some back.
func (t *tree) grow(by int64) fuse.Status {
	if by > 0 && t.used+by > t.limit {
		return fuse.Status(syscall.ENOSPC)
	}
	t.used += by
	return fuse.OK
}

func (t *tree) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, code := t.make(in.NodeId, name, in.Mode, true)
	if code == fuse.OK {
		n.entry(out)
	}
	return code
}

func (t *tree) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, code := t.make(in.NodeId, name, in.Mode, false)
	if code == fuse.OK {
		n.entry(&out.EntryOut)
	}
	return code
}

func (t *tree) Unlink(_ <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, n, code := t.child(header.NodeId, name)
	if code == fuse.OK {
		delete(dir.entries, name)
		t.unnamed(n)
	}
	return code
}

// unnamed gives back what a file took when its last name is gone.
func (t *tree) unnamed(n *node) {
	if n.names--; n.names == 0 {
		t.used -= int64(len(n.data))
	}
}

func (t *tree) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[in.Oldnodeid]
	dir, _, code := t.child(in.NodeId, name)
	switch {
	case code == fuse.OK:
		return fuse.Status(syscall.EEXIST)
	case n == nil || dir == nil:
		return fuse.ENOENT
	}
	dir.entries[name] = n
	n.names++
	n.entry(out)
	return fuse.OK
}

func (t *tree) Rmdir(_ <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, n, code := t.child(header.NodeId, name)
	switch {
	case code != fuse.OK:
		return code
	case len(n.entries) > 0:
		return fuse.Status(syscall.ENOTEMPTY)
	}
	delete(dir.entries, name)
	return fuse.OK
}

func (t *tree) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	source, n, code := t.child(in.NodeId, from)
	if code != fuse.OK {
		return code
	}
	target, replaced, code := t.child(in.Newdir, to)
	switch {
	case target == nil:
		return code
	case in.Flags != 0:
		return fuse.EINVAL // RENAME_EXCHANGE and the like
	case replaced == n:
		return fuse.OK
	case replaced != nil && len(replaced.entries) > 0:
		return fuse.Status(syscall.ENOTEMPTY)
	case replaced != nil:
		t.unnamed(replaced)
	}
	delete(source.entries, from)
	target.entries[to] = n
	return fuse.OK
}

func (t *tree) Open(_ <-chan struct{}, in *fuse.OpenIn, _ *fuse.OpenOut) fuse.Status {
	return fuse.OK // the kernel truncates by SetAttr
}

func (t *tree) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[in.NodeId]
	if n == nil {
		return nil, fuse.ENOENT
	}
	return fuse.ReadResultData(buf[:copy(buf, part(n.data, int64(in.Offset), int64(in.Offset)+int64(len(buf))))]), fuse.OK
}

func (t *tree) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[in.NodeId]
	if n == nil {
		return 0, fuse.ENOENT
	}
	at := int64(in.Offset)
	if code := t.grow(max(0, at+int64(len(data))-int64(len(n.data)))); code != fuse.OK {
		return 0, code
	}
	n.write(at, data)
	return uint32(len(data)), fuse.OK
}

// Fsync makes durable what was written before it began, once it has answered.
func (t *tree) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	t.mu.Lock()
	n, broken := t.nodes[in.NodeId], t.broken
	upTo := 0
	if n != nil {
		upTo = len(n.pending)
	}
	t.mu.Unlock()
	if n == nil {
		return fuse.ENOENT
	}
	if broken {
		return fuse.EIO
	}
	if t.syncTime > 0 {
		<-time.After(t.syncTime)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n.sync(upTo)
	return fuse.OK
}

func (t *tree) FsyncDir(cancel <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return t.Fsync(cancel, in)
}

func (t *tree) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, _ *fuse.OpenOut) fuse.Status {
	return fuse.OK
}

func (t *tree) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[in.NodeId]
	if n == nil || !n.folder {
		return fuse.ENOTDIR
	}
	// The offset is the number of the last node told, so that a folder may change
	// between two calls.
	list := make([]fuse.DirEntry, 0, len(n.entries))
	for name, x := range n.entries {
		if x.id > in.Offset {
			list = append(list, fuse.DirEntry{Name: name, Ino: x.id, Mode: x.mode | x.fileType(), Off: x.id})
		}
	}
	slices.SortFunc(list, func(a, b fuse.DirEntry) int { return int(a.Ino) - int(b.Ino) })
	for _, e := range list {
		if !out.AddDirEntry(e) {
			break
		}
	}
	return fuse.OK
}

func (t *tree) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	const block = 4096
	free := uint64(max(0, t.limit-t.used)) / block
	*out = fuse.StatfsOut{Blocks: uint64(t.limit) / block, Bfree: free, Bavail: free, Files: 1 << 20, Ffree: 1 << 20, Bsize: block, Frsize: block, NameLen: 255}
	return fuse.OK
}
