// Pools of `pg` for cases that plant no wait for the set-up of connections: a server may take a second to make fifty.

/** Each was held, so that each is open. */
exports.openAll = async pool => {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  for (const client of clients) client.release()
  return clients.length
}
