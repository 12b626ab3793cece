export { shapes } from './lay-out.ts'
