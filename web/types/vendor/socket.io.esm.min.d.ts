// What the served copy of socket.io-client exports: the package's own types.
export * from 'socket.io-client'
