import ArgumentParser
import Nodes

/// `tsq keys`: makes the keys by which a coordinator and its workers know each other.
struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes keys for workers of other machines, and for who may look on.",
    subcommands: [New.self])

  /// `tsq keys new NAME…`.
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the keys of a worker or viewer, and the coordinator's with the first one.",
      discussion: """
        Then 'tsq quantize … --listen tcp://0.0.0.0:5555 --keys KEYS' here, and on the worker's \
        machine, to which you copied KEYS/workers/NAME over a way you trust, \
        'tsq worker --connect tcp://HOST:5555 --keys NAME'. Who has a copy of that folder can work \
        under this name; removing KEYS/allowed/NAME.pub ends that at once.

        With --viewer the keys allow to ask for the status and nothing else: \
        'tsq status tcp://HOST:5555 --keys NAME' with a copy of KEYS/viewers/NAME, until \
        KEYS/viewing/NAME.pub is removed.
        """)

    @Argument(help: "Names of workers or viewers; several processes may share one.")
    var names: [String]

    @Flag(name: .long, help: "Make keys with which 'tsq status' may ask, and nobody may work.")
    var viewer = false

    @Option(name: .long, help: "The folder with the keys (default 'keys').")
    var keys = "keys"

    func run() throws {
      let folder = KeyFolder(path: keys)
      for name in names {
        do throws(KeyError) {
          if viewer { try folder.addViewer(name) } else { try folder.addWorker(name) }
        } catch { throw CommandFailure(error) }
        let made = viewer ? folder.viewerFolder(name) : folder.workerFolder(name)
        try StandardStreams.output("\(made)\n")
      }
    }
  }
}
