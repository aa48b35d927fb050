import { ChoraleError, DEFAULT_CAPABILITIES, type Model } from '../contracts/index.js'
import { KINDS, type Found, type PluginRegistry } from '../plugins/index.js'
import { resolveSlurm, selectBackend, type BackendCandidate } from '../select-backend.js'
import { usableWorkers } from '../machine/usable-workers.js'

export interface BackendRequest {
  /** The setting `backend.name`. */
  readonly name: string
  readonly model: Model
  readonly inlineModel: boolean
  readonly shards: number
  readonly chains: number
  readonly rowsPerShard: number
  readonly dimension: number
}

export interface ChosenBackend {
  readonly backend: Found<'backend'>
  readonly reason: string
  readonly warning?: string
}

/** The backend that splits one chain's likelihood between threads, row by row. */
export const SPLITS_ROWS = 'pjit'
/** Below this many multiplications a gradient is cheaper than waking a second thread. */
const MIN_GRADIENT_WORK = 10_000
/** Rows are summed in blocks of so many, on every backend; a single block cannot be split. */
const ROWS_OF_A_BLOCK = 4096

/** The backend of a run: the one that the settings name, or what `auto` selects among those that are installed and can take the model. */
export async function chooseBackend(registry: PluginRegistry, request: BackendRequest): Promise<ChosenBackend> {
  if (request.name === 'auto') return automatic(registry, request)
  const { name, warning } =
    request.name === 'slurm'
      ? resolveSlurm((await registry.tryFind('backend', 'slurm')) !== undefined, process.env)
      : { name: request.name }
  const backend = await registry.find('backend', name)
  refuseInlineModel(backend, request)
  refuseJointModel(backend, request)
  return { backend, reason: `${KINDS.backend.setting}: ${request.name}`, ...(warning === undefined ? {} : { warning }) }
}

/** Whatever of this machine is installed: threads where there are cores for them and the model can be loaded there. */
export async function findLocalBackend(registry: PluginRegistry, isPortable: boolean): Promise<Found<'backend'> | undefined> {
  const threads = isPortable && usableWorkers() > 1 ? await registry.tryFind('backend', 'workers') : undefined
  return threads ?? registry.tryFind('backend', 'cpu')
}

async function automatic(registry: PluginRegistry, request: BackendRequest): Promise<ChosenBackend> {
  const installed = await registry.all('backend')
  const workers = usableWorkers()
  const work = request.rowsPerShard * request.dimension
  const facts = {
    parallelUnits: request.shards * request.chains,
    usableWorkers: workers,
    usableDevices: work >= MIN_GRADIENT_WORK && request.rowsPerShard > ROWS_OF_A_BLOCK ? workers : 1,
  }
  const candidates = installed.map(({ definition }): BackendCandidate => ({
    name: definition.name,
    takesModel: takesModel(definition.name, { ...DEFAULT_CAPABILITIES, ...definition.capabilities }.sameProcess, request),
    ...(definition.auto ? { auto: definition.auto } : {}),
  }))
  const { name, reason } = selectBackend(facts, candidates)
  return { backend: await registry.find('backend', name), reason: `auto: ${reason}` }
}

const takesModel = (name: string, sameProcess: boolean, { model, inlineModel }: BackendRequest): boolean =>
  (!inlineModel || sameProcess) && (name !== SPLITS_ROWS || model.rows !== 'joint')

function refuseInlineModel({ definition }: Found<'backend'>, { inlineModel }: BackendRequest): void {
  if (!inlineModel || definition.capabilities.sameProcess) return
  throw new ChoraleError(
    'CHORALE_MODEL_NOT_PORTABLE',
    `The backend "${definition.name}" runs in other processes, where the model object of the settings does not exist`,
    {
      askedBy: `backend.name: ${definition.name}`,
      fix: 'put the model into a module and name its path: model: ./model.ts',
    },
  )
}

function refuseJointModel({ definition }: Found<'backend'>, { model }: BackendRequest): void {
  if (definition.name !== SPLITS_ROWS || model.rows !== 'joint') return
  throw new ChoraleError(
    'CHORALE_MODEL_JOINT',
    `The likelihood of this model is joint over all rows (rows: 'joint'); the backend "${definition.name}" would split it between threads`,
    { askedBy: `backend.name: ${definition.name}`, fix: 'backend.name: workers, or cpu' },
  )
}
