// The system calls that a Node.js process makes, by number: names for people, and which of a call's arguments tells its file.
// A call that is not here is `syscall 425`. Numbers: the kernel's arch/x86/entry/syscalls/syscall_64.tbl, and
// include/uapi/asm-generic/unistd.h for arm64. Pure.

/** Name, number on x86-64, on arm64 (-1: it has none), and what its first argument is, or its second for `at`. */
type Row = [name: string, x64: number, arm64: number, file?: 'fd' | 'path' | 'at']

const ROWS: Row[] = [
  ['read', 0, 63, 'fd'],
  ['write', 1, 64, 'fd'],
  ['open', 2, -1, 'path'],
  ['close', 3, 57, 'fd'],
  ['stat', 4, -1, 'path'],
  ['fstat', 5, 80, 'fd'],
  ['lstat', 6, -1, 'path'],
  ['poll', 7, -1],
  ['mmap', 9, 222],
  ['mprotect', 10, 226],
  ['munmap', 11, 215],
  ['ioctl', 16, 29, 'fd'],
  ['pread64', 17, 67, 'fd'],
  ['pwrite64', 18, 68, 'fd'],
  ['readv', 19, 65, 'fd'],
  ['writev', 20, 66, 'fd'],
  ['access', 21, -1, 'path'],
  ['sched_yield', 24, 124],
  ['madvise', 28, 233],
  ['nanosleep', 35, 101],
  ['sendfile', 40, 71, 'fd'],
  ['connect', 42, 203, 'fd'],
  ['accept', 43, 202, 'fd'],
  ['sendto', 44, 206, 'fd'],
  ['recvfrom', 45, 207, 'fd'],
  ['sendmsg', 46, 211, 'fd'],
  ['recvmsg', 47, 212, 'fd'],
  ['shutdown', 48, 210, 'fd'],
  ['clone', 56, 220],
  ['fork', 57, -1],
  ['execve', 59, 221, 'path'],
  ['wait4', 61, 260],
  ['flock', 73, 32, 'fd'],
  ['fsync', 74, 82, 'fd'],
  ['fdatasync', 75, 83, 'fd'],
  ['truncate', 76, 45, 'path'],
  ['ftruncate', 77, 46, 'fd'],
  ['getdents64', 217, 61, 'fd'],
  ['rename', 82, -1, 'path'],
  ['mkdir', 83, -1, 'path'],
  ['rmdir', 84, -1, 'path'],
  ['unlink', 87, -1, 'path'],
  ['readlink', 89, -1, 'path'],
  ['chmod', 90, -1, 'path'],
  ['sync', 162, 81],
  ['futex', 202, 98],
  ['clock_nanosleep', 230, 115],
  ['epoll_wait', 232, -1],
  ['epoll_ctl', 233, 21],
  ['openat', 257, 56, 'at'],
  ['mkdirat', 258, 34, 'at'],
  ['newfstatat', 262, 79, 'at'],
  ['unlinkat', 263, 35, 'at'],
  ['renameat', 264, 38, 'at'],
  ['readlinkat', 267, 78, 'at'],
  ['faccessat', 269, 48, 'at'],
  ['ppoll', 271, 73],
  ['sync_file_range', 277, 84, 'fd'],
  ['fallocate', 285, 47, 'fd'],
  ['epoll_pwait', 281, 22],
  ['accept4', 288, 242, 'fd'],
  ['preadv', 295, 69, 'fd'],
  ['pwritev', 296, 70, 'fd'],
  ['syncfs', 306, 267, 'fd'],
  ['renameat2', 316, 276, 'at'],
  ['getrandom', 318, 278],
  ['copy_file_range', 326, 285, 'fd'],
  ['statx', 332, 291, 'at'],
  ['io_uring_enter', 426, 426, 'fd'],
  ['clone3', 435, 435],
  ['faccessat2', 439, 439, 'at'],
  ['epoll_pwait2', 441, 441]
]

/** Of the machine; on others the raw numbers are shown. */
const column = process.arch === 'arm64' ? 2 : 1

const byNumber = new Map(ROWS.filter(row => row[column] !== -1).map(row => [row[column], row]))

export const callName = (call: number): string => byNumber.get(call)?.[0] ?? `syscall ${call}`
export const fileArgument = (call: number): 'fd' | 'path' | 'at' | undefined => byNumber.get(call)?.[3]

export const numbersOf = (names: string[]): number[] =>
  ROWS.filter(([name]) => names.includes(name)).flatMap(row => (row[column] === -1 ? [] : [row[column]]))

/** They end when a disk has written. */
export const COMMITS = ['fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range']
/** A thread in one of these has nothing to do. */
export const WAITS_FOR_EVENTS = ['epoll_wait', 'epoll_pwait', 'epoll_pwait2']
export const TAKES_PATH_SECOND = ROWS.filter(([, , , file]) => file === 'at').map(([name]) => name)
