import ArgumentParser
import Messaging
import Nodes
import RunStore

/// `tsq worker`: computes tasks for a coordinator until it is dismissed.
struct Worker: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes for a `tsq quantize --listen ENDPOINT` on this or another machine.",
    discussion: """
      Exit codes: 0 dismissed, or left after SIGTERM; 64 wrong usage; 69 no coordinator answered, \
      or it is gone; 70 a computation could not be stopped; 73 or 74 the shared folder of --store \
      cannot be used; 76 refused: another version, or its key was withdrawn; 77 key files cannot \
      be used, or the two ends do not know each other's.
      """)

  @Option(name: .long, help: "The coordinator's endpoint, tcp://HOST:PORT or ipc://PATH.")
  var connect: String

  @Option(name: .long, help: "A name for this worker in progress and reports.")
  var name = ""

  @Option(name: .long, help: "The folder that 'tsq keys new' made for this worker.")
  var keys: String?

  @Option(
    name: .long,
    help:
      """
      A folder on a local disk that the workers of this machine share, so that each tensor is \
      fetched once per machine. What lies in it is checked, and may be deleted at any time.
      """)
  var store: String?

  @Option(
    name: .long,
    help: "Bytes that the shared folder may take; what was used longest ago goes.")
  var storeLimit = 10_000_000_000

  @Option(
    name: .long,
    help:
      """
      GiB of memory that this worker offers; a task that takes more is ended and given to a larger \
      one. By default all of the machine's.
      """)
  var memory: Double?

  @Flag(name: .long, help: "Trust whoever answers at a TCP endpoint, unencrypted.")
  var insecure = false

  @Option(name: .long, help: .hidden)
  var localParent: Int32?

  func validate() throws {
    guard storeLimit >= 0 else { throw ValidationError("'--store-limit' is not negative") }
    try MemoryBudget.check(memory)
  }

  func run() throws {
    let endpoint: Endpoint
    do throws(MessagingError) {
      endpoint = try Endpoint(connect)
      try NetworkTrust.check(endpoint, keys: keys, insecure: insecure, option: "--connect")
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
    var configuration = WorkerConfiguration(
      identity: try ProgramVersion.identity(), connect: endpoint, name: name,
      localParent: localParent, kinds: LayerWork.kinds.union([Probe.kind]))
    if let keys {
      do throws(KeyError) {
        configuration.security = try KeyFolder(path: keys).workerSecurity()
      } catch { throw CommandFailure(error) }
    }
    if let store {
      do throws(RunStoreError) {
        configuration.store = try HostStore(path: store, byteLimit: storeLimit)
      } catch {
        throw CommandFailure(error, option: "--store")
      }
    }
    configuration.cacheByteLimit = 160 << 20
    let memoryBytes = MemoryBudget.bytes(memory)
    if let memoryBytes { configuration.memoryBytes = memoryBytes }
    // The coordinator itself watches the local ones.
    let isLocal = localParent != nil
    // Ending a process is a supervisor's own affair; it takes a second, on a busy machine more.
    if !isLocal { configuration.stopLimit = .seconds(10) }
    let program = try CommandFailure.mapping { try ownExecutable() }
    let exit = runWorker(configuration: configuration) { () throws(TaskFailure) in
      if isLocal { return ProbedRunner(LayerWork(memoryBytes: memoryBytes)) }
      return SupervisedRunner(
        command: [program, "compute"] + MemoryBudget.arguments(memory), memoryLimit: memoryBytes)
    }
    if exit.code != 0 || localParent == nil { StandardStreams.error("tsq worker: \(exit)\n") }
    leaveProcess(exit.code)
  }
}
