package sandbox

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const (
	dataLimit = 512 << 20 // bytes of private memory; Go itself cannot start much below
	cpuLimit  = 10        // seconds of one request
	openFiles = 16
)

// limitProcess sets what holds for a child's whole life.
func limitProcess() error {
	// The runtime ignores SIGXCPU unless somebody listens. A loop without calls is
	// preempted too, so this goroutine gets its turn.
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		fmt.Fprintln(os.Stderr, "SIGXCPU: CPU limit exceeded")
		os.Exit(1)
	}()
	for _, l := range []struct {
		resource int
		value    uint64
	}{
		{syscall.RLIMIT_DATA, dataLimit},
		{syscall.RLIMIT_NOFILE, openFiles},
		{syscall.RLIMIT_FSIZE, 0},
		{syscall.RLIMIT_CORE, 0},
	} {
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit %d: %w", l.resource, err)
		}
	}
	return nil
}

// limitRequest moves the CPU limit to ten seconds from now. The limit counts a
// process's whole life, therefore only its soft value is set; crossing it raises
// SIGXCPU.
func limitRequest() error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CPU, &now); err != nil {
		return err
	}
	spent := used.Utime.Sec + used.Stime.Sec + 2 // both rounded up
	now.Cur = min(uint64(max(spent, 0))+cpuLimit, now.Max)
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &now)
}
