import Coordination
import Glibc
import Messaging
import Nodes
import RunStore

// A worker for the tests of `Nodes`:
//
//     tsq-testworker --connect ENDPOINT [--name NAME] [--local-parent PID] [--build TEXT]
//                    [--kernel TEXT] [--orphan-seconds N] [--runner layers] [--keys FOLDER]
//                    [--silence-seconds N] [--supervised yes]
//                    [--memory-mib N] [--store FOLDER] [--store-limit BYTES]
//                    [--store-patience SECONDS]
//
// With `--runner layers` it does the real tasks. Or a coordinator:
//
//     tsq-testworker --coordinate RUNFOLDER --tasks N

/// Writes a line to the standard error.
func complain(_ text: String) {
  let line = Array("tsq-testworker: \(text)\n".utf8)
  _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}

var options: [String: String] = [:]
var arguments = CommandLine.arguments.dropFirst()
while let name = arguments.popFirst(), let value = arguments.popFirst() { options[name] = value }

do {
  if let parent = options["--compute"].flatMap({ Int32($0) }) {
    leaveProcess(runComputeChild(parent: parent) { TrivialRunner() })
  }
  if let folder = options["--coordinate"] {
    let taskCount = options["--tasks"].flatMap { Int($0) } ?? 1
    try coordinate(folder: folder, taskCount: taskCount, program: CommandLine.arguments[0])
    leaveProcess(0)
  }
  let identity = ProgramIdentity(
    build: options["--build"] ?? "test", solverVersion: "1", kernel: options["--kernel"] ?? "plain")
  var configuration = WorkerConfiguration(
    identity: identity, connect: try Endpoint(options["--connect"] ?? ""),
    name: options["--name"] ?? "", localParent: options["--local-parent"].flatMap { Int32($0) },
    kinds: options["--runner"] == "layers" ? LayerWork.kinds : TrivialRunner.kinds)
  if let limit = options["--orphan-seconds"].flatMap({ Double($0) }) {
    configuration.session.orphanLimit = .milliseconds(Int(limit * 1_000))
  }
  if let limit = options["--silence-seconds"].flatMap({ Double($0) }) {
    configuration.silenceLimit = .milliseconds(Int(limit * 1_000))
  }
  if let keys = options["--keys"] {
    configuration.security = try KeyFolder(path: keys).workerSecurity()
  }
  if let store = options["--store"] {
    let limit = options["--store-limit"].flatMap { Int($0) } ?? 1 << 40
    configuration.store = try HostStore(path: store, byteLimit: limit)
  }
  if let limit = options["--store-patience"].flatMap({ Double($0) }) {
    configuration.storePatience = .milliseconds(Int(limit * 1_000))
  }
  configuration.handshakeLimit = .milliseconds(500)
  let program = options["--supervised"] == "yes" ? CommandLine.arguments[0] : nil
  // A supervisor needs a second to end its process.
  configuration.stopLimit = program == nil ? .milliseconds(300) : .seconds(10)
  let limit = options["--memory-mib"].flatMap { Int($0) }.map { $0 << 20 }
  if let limit { configuration.session.memoryBytes = limit }
  let doesLayers = options["--runner"] == "layers"
  let exit = runWorker(configuration: configuration) { () throws(TaskFailure) in
    if doesLayers { return LayerWork() }
    if let program { return SupervisedRunner(command: [program, "--compute"], memoryLimit: limit) }
    return TrivialRunner()
  }
  if exit.code != 0 { complain("\(exit)") }
  leaveProcess(exit.code)
} catch {
  complain("\(error)")
  leaveProcess(2)
}
