package main

import (
	"syscall"
	"unsafe"
)

const (
	prSetChildSubreaper = 36
	waitAll             = 0
	waitExited          = 4
	waitWithoutReaping  = 0x01000000
)

// adoptOrphans makes grandchildren that lose their parent ours to reap, whatever our PID.
func adoptOrphans() {
	syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

// signalGroup signals all of a group; that it is gone already is no error.
func signalGroup(leader int, number syscall.Signal) {
	if leader > 1 { // 0 and 1 would mean ourselves and everybody
		syscall.Kill(-leader, number)
	}
}

// nextZombie returns a child that has exited, without reaping it; 0 when there is none.
func nextZombie() int {
	var information [128]byte // siginfo_t; si_pid lies at 16 on 64-bit Linux
	_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, waitAll, 0,
		uintptr(unsafe.Pointer(&information)), waitExited|waitWithoutReaping|syscall.WNOHANG, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(*(*int32)(unsafe.Pointer(&information[16])))
}

// reap buries a zombie and returns how it ended.
func reap(pid int) syscall.WaitStatus {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			return status
		}
	}
}
