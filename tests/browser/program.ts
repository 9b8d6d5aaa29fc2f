// The built program in a home of its own, as a person would start it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '../..')
const target = process.env.CARGO_TARGET_DIR ?? join(repository, 'target')
const binary = join(target, 'debug', 'xiangtu')

export interface Account {
  login: string
  password: string
}

export class Program {
  private constructor(
    readonly home: string,
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly printed: string[],
  ) {}

  /** Starts `xiangtu up EXTRA` on a free port of 127.0.0.1; the demo village is made first. */
  static async start(extra: string[] = [], home = newHome()): Promise<Program> {
    if (!existsSync(binary)) throw new Error(`${binary} is missing: run scripts/test`)
    const port = await freePort()
    const child = spawn(binary, ['up', '--listen', `127.0.0.1:${port}`, ...extra], {
      env: { ...process.env, XIANGTU_HOME: home, DATABASE_URL: undefined },
    })
    const printed: string[] = []
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
    const program = new Program(home, port, child, printed)
    const deadline = Date.now() + 150_000
    while (!program.text.includes('Xiangtu is running')) {
      if (child.exitCode !== null) throw new Error(`xiangtu up ended:\n${program.text}`)
      if (Date.now() > deadline) throw new Error(`xiangtu up is not ready:\n${program.text}`)
      await new Promise((done) => setTimeout(done, 50))
    }
    return program
  }

  /** Everything it printed. */
  get text(): string {
    return this.printed.join('')
  }

  /** The demo accounts it showed, in its order. */
  get accounts(): Account[] {
    const lines = this.text.split('\n')
    const heading = lines.findIndex((line) => line.includes('Demo accounts'))
    const accounts: Account[] = []
    for (const line of heading < 0 ? [] : lines.slice(heading + 1)) {
      const [login, password] = line.trim().split(/\s+/)
      if (!line.startsWith('  ') || !login || !password) break
      accounts.push({ login, password })
    }
    return accounts
  }

  account(login: string): Account {
    const found = this.accounts.find((account) => account.login === login)
    if (!found) throw new Error(`no demo account ${login} in:\n${this.text}`)
    return found
  }

  /** Runs another command in the same home. */
  command(...parameters: string[]): string {
    const done = spawnSync(binary, parameters, {
      env: { ...process.env, XIANGTU_HOME: this.home, DATABASE_URL: undefined },
      encoding: 'utf8',
    })
    if (done.status !== 0) throw new Error(`xiangtu ${parameters.join(' ')}: ${done.stderr}`)
    return done.stdout
  }

  /** Puts rows into the private database, for what the program itself takes long to make. */
  sql(text: string): string {
    const database = `host='${join(this.home, 'run')}' user=xiangtu dbname=xiangtu`
    const parameters = ['--quiet', '--no-align', '--tuples-only', '--set', 'ON_ERROR_STOP=1']
    const done = spawnSync('psql', [...parameters, database], { input: text, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`psql: ${done.stderr}`)
    return done.stdout.trim()
  }

  /** As Ctrl-C; then the home is removed. */
  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done))
    this.child.kill('SIGINT')
    await ended
    rmSync(this.home, { recursive: true, force: true })
  }
}

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'xiangtu-browser-'))
  // The private database runs as another user when the tests run as root.
  chmodSync(home, 0o755)
  return home
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => done(port))
    })
  })
}
