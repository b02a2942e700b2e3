internal import Foundation

/// Where a run stands: `status.json` of a run folder, written anew about once a second.
package struct RunStatus: Codable, Sendable, Equatable {
  /// How it goes, or went.
  package enum State: String, Codable, Sendable {
    case running, finished, failed, interrupted
  }

  package var state = State.running
  /// Why it failed.
  package var message: String?
  /// The coordinator.
  package var host: String
  package var process: Int
  /// Seconds since 1970.
  package var startedAt: Double
  package var updatedAt: Double
  /// Seconds since then, by the coordinator's own clock; nil in a file.
  package var age: Double?
  package var stage = ""
  package var layersDone = 0
  package var layersTotal = 0
  /// Estimated from the speed so far; nil while that says nothing.
  package var secondsLeft: Double?
  package var tasks = Tasks()
  package var workers: [Worker] = []
  /// Workers that are left out, for want of room.
  package var workersLeftOut: Int?
  /// What the waiting tasks wait for.
  package var waits: [Wait] = []
  /// Why nothing moves, where nothing does.
  package var waiting: String?
  /// What went wrong lately, the latest last.
  package var troubles: [String] = []
  /// Blobs sent to and received from workers.
  package var sentBytes = 0
  package var receivedBytes = 0

  /// Tasks of this start of the coordinator, by state.
  package struct Tasks: Codable, Sendable, Equatable {
    package var waiting = 0
    package var running = 0
    package var finished = 0
    /// Taken from the journal.
    package var reused = 0
    package var givenUp = 0
    package init() {}
  }

  /// A connected worker, and what it is at.
  package struct Worker: Codable, Sendable, Equatable {
    package var name: String
    package var host: String
    package var cores: Int
    package var memoryBytes: Int
    package var residentBytes: Int
    package var task: String?
    package var attempt: Int
    package var busySeconds: Double
    package var silentSeconds: Double
    package var finished: Int
    package var idleReason: String?

    package init(
      name: String, host: String, cores: Int, memoryBytes: Int, residentBytes: Int, task: String?,
      attempt: Int, busySeconds: Double, silentSeconds: Double, finished: Int, idleReason: String?
    ) {
      self.name = name
      self.host = host
      self.cores = cores
      self.memoryBytes = memoryBytes
      self.residentBytes = residentBytes
      self.task = task
      self.attempt = attempt
      self.busySeconds = busySeconds
      self.silentSeconds = silentSeconds
      self.finished = finished
      self.idleReason = idleReason
    }
  }

  /// Tasks that wait for the same thing.
  package struct Wait: Codable, Sendable, Equatable {
    package var reason: String
    package var count: Int
    package var example: String

    package init(reason: String, count: Int, example: String) {
      self.reason = reason
      self.count = count
      self.example = example
    }
  }

  package init(host: String, process: Int, startedAt: Double) {
    self.host = host
    self.process = process
    self.startedAt = startedAt
    updatedAt = startedAt
  }

  /// - Throws: `ReportingError` when the text is not what `json` writes.
  package init(json: String, place: String) throws(ReportingError) {
    do {
      self = try JSONDecoder().decode(RunStatus.self, from: Data(json.utf8))
    } catch {
      throw ReportingError(place: place, reason: "\(error)")
    }
    guard isPossible else {
      throw ReportingError(place: place, reason: "a count or a time in it is not possible")
    }
  }

  /// One JSON object, its keys in the order of the alphabet.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      preconditionFailure("a status of finite numbers and texts cannot fail to encode: \(error)")
    }
  }
}
