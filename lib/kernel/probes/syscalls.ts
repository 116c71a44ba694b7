// System calls that took long, with their file or peer, and how many there were of all.
//
// The file's name is read from the kernel's own structures at the moment the call ends: /proc/PID/fd would be looked at after the
// descriptor was closed and used again. A path given as text is read from the process, where it still is.

import type { Call } from '../events.js'
import type { Probe } from '../probe.js'
import { COMMITS, callName, fileArgument, numbersOf, TAKES_PATH_SECOND, WAITS_FOR_EVENTS } from '../syscalls.js'
import { count, ms, table } from '../words.js'

/** Shorter ones are counted. Two records of a handler's 1 ms in `read` tell less than one sum. */
const SLOW_NS = 1_000_000
/** Of calls that wait for a disk to have written: one may take 0.3 ms, and a request that commits has hundreds. */
const SLOW_COMMIT_NS = 100_000
const MAX_ROWS = 8

export const syscalls: Probe = {
  name: 'syscalls',
  needs: { tracepoints: ['raw_syscalls/sys_enter', 'raw_syscalls/sys_exit'] },
  maps: ['@call'],

  // @call: [thread] = (moment, argument << 16 | number + 1). A user-space address has 47 bits, so both fit into one value and
  // a call costs one update at its begin, one look, one count and one deletion at its end.
  program: ({ pid }) => `
tracepoint:raw_syscalls:sys_enter /pid == ${pid}/ {
  $id = (uint64)args->id;
  $argument = (uint64)args->args[0];
  if (${anyOf(numbersOf(TAKES_PATH_SECOND))}) { $argument = (uint64)args->args[1]; }
  @call[tid] = (nsecs, ($argument << 16) | ($id + 1));
}
tracepoint:raw_syscalls:sys_exit /pid == ${pid} && @call[tid].0/ {
  $from = @call[tid].0;
  $id = (@call[tid].1 & 0xffff) - 1;
  $ns = nsecs - $from;
  @calls[tid, $id] = stats($ns);
  $least = (uint64)${SLOW_NS};
  if (${anyOf(numbersOf(COMMITS))}) { $least = (uint64)${SLOW_COMMIT_NS}; }
  if ($ns >= $least && !(${anyOf(numbersOf(WAITS_FOR_EVENTS))}) && (tid == ${pid} || !(${anyOf(numbersOf(['futex']))}))) {
    $argument = @call[tid].1 >> 16;
    $files = ((struct task_struct *)curtask)->files->fdt;
    if ($argument < $files->max_fds) {
      $file = *($files->fd + $argument);
      $entry = $file->f_path.dentry;
      if (($file->f_inode->i_mode & 0xf000) == 0xc000) {
        $socket = ((struct socket *)$file->private_data)->sk->__sk_common;
        printf("socket\\t%d\\t%llu\\t%llu\\t%d\\t%lld\\t%d\\t%s\\t%s\\t%d", tid, $from, nsecs, $id, args->ret,
          $socket.skc_family, ntop(2, $socket.skc_daddr), ntop(10, $socket.skc_v6_daddr.in6_u.u6_addr8),
          $socket.skc_dport);
      } else {
        printf("file\\t%d\\t%llu\\t%llu\\t%d\\t%lld\\t%d\\t%s\\t%s\\t%s", tid, $from, nsecs, $id, args->ret,
          $file->f_inode->i_mode, str($entry->d_parent->d_parent->d_name.name),
          str($entry->d_parent->d_name.name), str($entry->d_name.name));
      }
    } else {
      printf("path\\t%d\\t%llu\\t%llu\\t%d\\t%lld\\t%s", tid, $from, nsecs, $id, args->ret, str($argument));
    }
  }
  delete(@call[tid]);
}
`,

  parse([name, tid, from, to, id, result, ...rest], at) {
    if (name !== 'file' && name !== 'socket' && name !== 'path') return undefined
    const call = Number(id)
    const event: Call = {
      type: 'call',
      tid: Number(tid),
      start: at(from),
      end: at(to),
      call,
      result: Number(result),
      file: undefined,
      kind: undefined,
      peer: undefined
    }
    const takes = fileArgument(call)
    if (name === 'file' && takes === 'fd') return { ...event, ...fileOf(rest) }
    if (name === 'socket' && takes === 'fd') return { ...event, kind: 'socket', peer: peerOf(rest) }
    if (name === 'path' && (takes === 'path' || takes === 'at')) return { ...event, file: rest.join('\t') }
    return event
  },

  summary({ counted, threadName, seconds }) {
    const often = [...counted.calls].sort((a, b) => b.count - a.count).slice(0, MAX_ROWS)
    if (often.length === 0) return []
    return table(
      ['thread', 'call', 'per second', 'ms each'],
      often.map(({ tid, call, count: calls, ms: spent }) => [
        threadName(tid),
        callName(call),
        count(calls / seconds),
        ms(spent / calls)
      ])
    )
  }
}

const anyOf = (numbers: number[]): string => numbers.map(number => `$id == ${number}`).join(' || ')

const FORMAT_MASK = 0xf000
const KINDS: Record<number, NonNullable<Call['kind']>> = {
  4096: 'fifo',
  8192: 'device',
  16384: 'directory',
  24576: 'device',
  32768: 'file',
  49152: 'socket'
}
const AF_INET = 2
const AF_INET6 = 10

function fileOf([mode, ...names]: string[]): Pick<Call, 'file' | 'kind'> {
  return { kind: KINDS[Number(mode) & FORMAT_MASK], file: pathOf(names) }
}

/** None for a socket that is not of TCP or UDP, or not connected. */
function peerOf([family, v4, v6, port]: string[]): string | undefined {
  const address = { [AF_INET]: v4, [AF_INET6]: v6 && plainAddress(v6) }[Number(family)]
  return address && port !== '0' ? endpoint(address, hostOrder(Number(port))) : undefined
}

/** The last three names; the root's is `/`, and so is its parent's. */
function pathOf(names: string[]): string | undefined {
  const parts = names.filter((name, i) => name !== '' && !(name === '/' && names[i + 1] === '/'))
  if (parts.length === 0) return undefined
  const path = parts.join('/').replace(/^\/+/, '/')
  return path.startsWith('/') || parts.length < names.length ? path : `…/${path}`
}

/** A port as it lies in a socket is in network order. */
export const hostOrder = (port: number): number => ((port & 0xff) << 8) | ((port >> 8) & 0xff)

export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

export const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
