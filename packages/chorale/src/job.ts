export * from '@chorale/core/contracts'
