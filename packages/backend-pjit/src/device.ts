/** What a thread of a team executes: it waits for orders, as the coordinator of a task or as one of the devices that help. */
import { parentPort, workerData } from 'node:worker_threads'

import { attend, prepare } from './attendant.js'
import { coordinate, forgetRows } from './coordinator.js'
import type { BindOrder, CoordinatorReport, ForgetOrder, ShareOrder, TaskOrder } from './messages.js'

const { device } = workerData as { readonly device: number }
const report = (message: CoordinatorReport): void => parentPort?.postMessage(message)

parentPort?.on('message', (order: TaskOrder | ForgetOrder | BindOrder | ShareOrder) => {
  if (order.type === 'run') void coordinate(order, report).then(report)
  else if (order.type === 'forget') forgetRows(order.key)
  else if (order.type === 'bind') prepare(order)
  else void attend(order, device)
})
