export * from '@chorale/core/contracts'
export * from '@chorale/model'
