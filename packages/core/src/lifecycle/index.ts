export { liveBackend } from './live-backend.js'
