import ArgumentParser
import Nodes

/// `tsq keys`: makes the keys by which a coordinator and its workers know each other.
struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes keys for workers of other machines.",
    subcommands: [New.self])

  /// `tsq keys new NAME…`.
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the keys of a worker, and the coordinator's with the first one.",
      discussion: """
        Then 'tsq quantize … --listen tcp://0.0.0.0:5555 --keys KEYS' here, and on the worker's \
        machine, to which you copied KEYS/workers/NAME over a way you trust, \
        'tsq worker --connect tcp://HOST:5555 --keys NAME'. Who has a copy of that folder can work \
        under this name; removing KEYS/allowed/NAME.pub ends that at once.
        """)

    @Argument(help: "Names of workers; several processes may share one.")
    var names: [String]

    @Option(name: .long, help: "The folder with the keys (default 'keys').")
    var keys = "keys"

    func run() throws {
      let folder = KeyFolder(path: keys)
      for name in names {
        do throws(KeyError) { try folder.addWorker(name) } catch { throw CommandFailure(error) }
        try StandardStreams.output("\(folder.workerFolder(name))\n")
      }
    }
  }
}
