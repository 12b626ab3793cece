// What a user's compiler sees: every door, by its published declarations, checked with `skipLibCheck` off.
export type Doors = [
  typeof import('@wirepact/client'),
  typeof import('@wirepact/client/node'),
  typeof import('@wirepact/contract'),
  typeof import('@wirepact/eventlog'),
  typeof import('@wirepact/eventlog/testing'),
  typeof import('@wirepact/peer'),
  typeof import('@wirepact/peer/answering'),
  typeof import('@wirepact/peer/json'),
  typeof import('@wirepact/peer/node'),
  typeof import('@wirepact/peer/system'),
  typeof import('@wirepact/protocol'),
  typeof import('@wirepact/server'),
  typeof import('@wirepact/server/node'),
  typeof import('@wirepact/testing'),
  typeof import('@wirepact/websocket'),
  typeof import('@wirepact/websocket/node'),
]
