export { doctor, type DoctorRequest } from './doctor.js'
