export { ContractShapes } from './contract-shapes.ts'
