import ArgumentParser
import Foundation
import Messaging
import Nodes
import Reporting
import RunStore

/// `tsq status`: where a run stands, while it runs and after it.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows workers, tasks, and what waits for what, of a run.",
    discussion: """
      Of a run folder RUNFOLDER/status.json is read, which the coordinator writes about once a \
      second; RUNFOLDER/events.jsonl tells what happened, a JSON object a line.

      From another machine the coordinator itself is asked, at the endpoint where its workers \
      connect, with the keys of a viewer ('tsq keys new NAME --viewer') or of a worker. It takes \
      nobody who asks for a worker.

      Exit codes: 0 the run goes on or is finished; 75 it ended unfinished, --resume continues it; \
      66 there is no such run; 69 no coordinator answered in time; 76 the one that did is another \
      version; 77 keys are missing, or the two ends do not know each other's.
      """)

  @Argument(
    help: "The run folder, as given to --run-folder, or the endpoint of its coordinator.")
  var place: String

  @Option(name: .long, help: "The folder that 'tsq keys new --viewer' made, for an endpoint.")
  var keys: String?

  @Flag(name: .long, help: "Trust whoever answers at a TCP endpoint, unencrypted.")
  var insecure = false

  @Option(name: .long, help: "Seconds that an answer of a coordinator is awaited.")
  var timeout = 5.0

  @Flag(name: .long, help: "Print one JSON object.")
  var json = false

  private var isEndpoint: Bool { place.hasPrefix("tcp://") || place.hasPrefix("ipc://") }

  func validate() throws {
    guard timeout > 0, timeout <= 3_600 else {
      throw ValidationError("'--timeout' is between 0 and 3600 seconds")
    }
    if !isEndpoint && (keys != nil || insecure) {
      throw ValidationError("'--keys' and '--insecure' belong to an endpoint, tcp://HOST:PORT")
    }
  }

  func run() throws {
    let (status, isAlive) = try CommandFailure.mapping {
      isEndpoint ? (try asked(), true) : try read()
    }
    if json {
      try StandardStreams.output(status.json + "\n")
    } else {
      let age = status.age ?? Date().timeIntervalSince1970 - status.updatedAt
      let text = StatusText(status: status, isAlive: isAlive, age: age)
      try StandardStreams.output(text.lines.joined(separator: "\n") + "\n")
    }
    let isOver = !isAlive || status.state != .running
    if isOver && status.state != .finished { throw ExitStatus.unfinished.exitCode }
  }

  /// The status that the coordinator tells.
  private func asked() throws -> RunStatus {
    let endpoint: Endpoint
    do throws(MessagingError) {
      endpoint = try Endpoint(place)
      try NetworkTrust.check(endpoint, keys: keys, insecure: insecure, option: "status")
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
    var security = SocketSecurity.open
    if let keys {
      do throws(KeyError) { security = try KeyFolder(path: keys).viewerSecurity() } catch {
        throw CommandFailure(error)
      }
    }
    let build = try ProgramVersion.identity().build
    let query = StatusQuery(endpoint, security, build: build, limit: .seconds(timeout))
    let answer: StatusQuery.Answer
    do throws(StatusQueryError) { answer = try query.answer() } catch {
      // It may tell what the other end said.
      let failure = CommandFailure(error)
      throw CommandFailure(failure.status, plain(failure.message))
    }
    guard let text = answer.text else { return RunStatus(host: "", process: 0, startedAt: 0) }
    do throws(ReportingError) {
      var status = try RunStatus(json: text, place: "\(endpoint)")
      status.age = answer.age
      return status
    } catch {
      guard answer.build != build else { throw CommandFailure(.otherVersion, "\(error)") }
      throw CommandFailure(
        .otherVersion,
        "the coordinator at \(endpoint) is build '\(plain(answer.build))', this program "
          + "'\(build)'; use the same on both sides (\(error))")
    }
  }

  /// The status in the folder, with a state that is true even if the coordinator could not write
  /// it any more.
  private func read() throws -> (RunStatus, isAlive: Bool) {
    let folder = try RunFolder.open(path: place)
    let isAlive = try RunFolder.writer(ofFolder: place) != nil
    guard let text = try folder.read(.status) else {
      guard isAlive else {
        throw CommandFailure(
          .missingInput,
          "run folder '\(place)' has no status.json: its run ended before any work began")
      }
      return (RunStatus(host: "", process: 0, startedAt: 0), true)
    }
    var status = try RunStatus(json: text, place: place + "/status.json")
    if status.state == .running && !isAlive {
      status.state = .failed
      status.message = "the coordinator ended without a word: killed, or its machine went down"
      for index in status.workers.indices { status.workers[index].task = nil }
    }
    return (status, isAlive)
  }
}
