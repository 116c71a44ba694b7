// Preloaded: makes this Node pass for one that is too old for the agent.

Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })
Object.defineProperty(process, 'version', { value: 'v18.20.8' })
