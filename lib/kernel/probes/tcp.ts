// What TCP says about the connections of this process: packets sent again, and resets. The kernel does this in interrupts, where
// no process is current, so the events are those of the process's network namespace, and the socket's inode tells whose they are
// (lib/kernel/sockets.ts).
//
// Only this host's side is seen. When an answer is lost on its way here it is the peer that sends again.

import type { TcpTrouble } from '../events.js'
import type { Probe } from '../probe.js'
import { plural, table } from '../words.js'
import { endpoint, hostOrder, plainAddress } from './syscalls.js'

const MAX_ROWS = 8

/** Bound, because a network that loses everything brings thousands a second. */
const sign = (tracepoint: string, name: TcpTrouble['sign'], netns: number): string => `
tracepoint:tcp:${tracepoint} {
  $sk = (struct sock *)args->skaddr;
  $common = $sk->__sk_common;
  if ($sk != 0 && $common.skc_net.net->ns.inum == ${netns}) {
    printf("tcp\\t${name}\\t%llu\\t%d\\t%d\\t%d\\t%d\\t%s\\t%s\\t%s\\t%s\\t%llu", nsecs, $common.skc_family, $common.skc_state,
      $common.skc_num, $common.skc_dport, ntop(2, $common.skc_rcv_saddr), ntop(2, $common.skc_daddr),
      ntop(10, $common.skc_v6_rcv_saddr.in6_u.u6_addr8), ntop(10, $common.skc_v6_daddr.in6_u.u6_addr8),
      $sk->sk_socket->file->f_inode->i_ino);
  }
}`

const AF_INET6 = 10
/** TCP_SYN_SENT, TCP_SYN_RECV, TCP_NEW_SYN_RECV. */
const CONNECTING = [2, 3, 12]

export const tcp: Probe = {
  name: 'tcp',
  needs: { tracepoints: ['tcp/tcp_retransmit_skb', 'tcp/tcp_receive_reset', 'tcp/tcp_send_reset'] },
  maps: [],

  program: ({ netns }) =>
    sign('tcp_retransmit_skb', 'retransmit', netns) +
    sign('tcp_receive_reset', 'reset-received', netns) +
    sign('tcp_send_reset', 'reset-sent', netns) +
    '\n',

  parse([name, what, at, family, state, localPort, peerPort, local4, peer4, local6, peer6, inode], ms) {
    if (name !== 'tcp') return undefined
    const six = Number(family) === AF_INET6
    const address = (v4: string | undefined, v6: string | undefined): string => plainAddress((six ? v6 : v4) ?? '')
    return {
      type: 'tcp',
      sign: what as TcpTrouble['sign'],
      at: ms(at),
      local: endpoint(address(local4, local6), Number(localPort)),
      peer: endpoint(address(peer4, peer6), hostOrder(Number(peerPort))),
      connecting: CONNECTING.includes(Number(state)),
      inode: Number(inode)
    }
  },

  summary({ events, network }) {
    const byPeer = new Map<string, Record<string, number>>()
    for (const event of events) {
      if (event.type !== 'tcp') continue
      const signs = byPeer.get(event.peer) ?? {}
      signs[event.sign] = (signs[event.sign] ?? 0) + 1
      byPeer.set(event.peer, signs)
    }
    for (const { peer } of network.peers) if (!byPeer.has(peer)) byPeer.set(peer, {})
    const rows = [...byPeer].map(([peer, signs]) => [
      peer,
      network.peers.find(known => known.peer === peer)?.rttMs.toFixed(2) ?? '-',
      String(signs['retransmit'] ?? 0),
      String((signs['reset-received'] ?? 0) + (signs['reset-sent'] ?? 0))
    ])
    const worst = rows.sort((a, b) => Number(b[2]) + Number(b[3]) - Number(a[2]) - Number(a[3])).slice(0, MAX_ROWS)
    const { listenOverflows, listenDrops, queues } = network
    return [
      ...(worst.length > 0 ? table(['peer', 'RTT ms', 'sent again', 'resets'], worst) : []),
      ...(listenOverflows > 0
        ? [`${plural(listenOverflows, 'connection')} refused because an accept queue was full (of all on this network)`]
        : []),
      ...(listenDrops > listenOverflows
        ? [`${plural(listenDrops - listenOverflows, 'SYN')} dropped (of all on this network)`]
        : []),
      ...queues.map(({ local, waiting, limit }) => `${local}: ${waiting} of ${limit} connections wait to be accepted`)
    ]
  }
}
