export type { CompiledContract, EventEntry, MethodEntry, MethodKind } from './compile.ts'
export { compile } from './compile.ts'
export type {
  AnyContract,
  Contract,
  ContractOptions,
  EventDeclaration,
  Events,
  MethodDeclaration,
  Procedures,
} from './contract.ts'
export { contract } from './contract.ts'
export type { DeclaredErrorOf } from './declared-error.ts'
export { isDeclaredError } from './declared-error.ts'
export type { AnyEvent, EventDefinition, EventOptions, OnGap, SlowPolicy, WhenSlow } from './event.ts'
export { event } from './event.ts'
export type {
  ErrorData,
  ErrorsOf,
  HandlerInputOf,
  HandlerOutputOf,
  InputOf,
  OutputOf,
  PayloadOf,
  PublishedOf,
  SnapshotOf,
  StateOf,
  TopicOf,
  WrittenStateOf,
} from './infer.ts'
export { describeIssues } from './issues.ts'
export type {
  AnyNotification,
  AnyProcedure,
  ErrorSchemas,
  Notification,
  NotificationOptions,
  Procedure,
  ProcedureOptions,
} from './procedure.ts'
export { notification, procedure } from './procedure.ts'
export type { Issue, Schema, SchemaInput, SchemaOutput, Validation } from './schema.ts'
export { isSchema, validate } from './schema.ts'
export type { SchemaShape } from './schema-shape.ts'
export { shapeOf } from './schema-shape.ts'
export type { ContractTable, TableComparison, TableEntry, TableMatch } from './table.ts'
export { compareTables, tableOf } from './table.ts'
