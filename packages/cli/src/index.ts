export { main, type CliOptions } from './main.js'
