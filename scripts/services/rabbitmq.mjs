// RabbitMQ: AMQP alone, as guest. Debian's command is for its own user, so the one behind it is called. Erlang's nodes find each
// other by a daemon, epmd, which would outlive them: it is started here, in the same process group.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { fromUrl } from './address.mjs'

const BEHIND = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const LOOPBACK = '127.0.0.1'

export const rabbitmq = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  variable: 'AMQP_URL',
  binaries: ['rabbitmq-server', 'epmd'],
  packages: ['rabbitmq-server'],

  named: ({ AMQP_URL }) => (AMQP_URL ? fromUrl('AMQP_URL', AMQP_URL, ['amqp:'], 5672) : undefined),

  /** A port that is taken ends it, and the next try has others. */
  command({ bin, home, port }) {
    const server = existsSync(BEHIND) ? BEHIND : bin['rabbitmq-server']
    const variables = {
      ERL_EPMD_PORT: port + 1,
      ERL_EPMD_ADDRESS: LOOPBACK,
      RABBITMQ_DIST_PORT: port + 2,
      RABBITMQ_NODENAME: `perfagent${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: LOOPBACK,
      RABBITMQ_NODE_PORT: port,
      RABBITMQ_MNESIA_BASE: path.join(home, 'data'),
      RABBITMQ_LOG_BASE: path.join(home, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONFIG_FILE: path.join(home, 'none'),
      RABBITMQ_CONF_ENV_FILE: path.join(home, 'none.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(home, 'plugins'),
      // One scheduler that does not spin while it waits.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}'
    }
    const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const both = '"$1" -address "$2" -port "$3" & shift 3; exec env "$@"'
    return ['sh', '-c', both, 'sh', bin.epmd, LOOPBACK, String(port + 1), ...assigned, server]
  },
  ready: /Server startup complete/,
  signal: 'SIGKILL',

  env: port => ({ AMQP_URL: `amqp://guest:guest@${LOOPBACK}:${port}` })
}
