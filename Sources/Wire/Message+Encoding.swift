internal import Coordination
internal import FoundationEssentials
internal import SwiftProtobuf
internal import Tensors
internal import WireSchema

extension Message {
  /// The header's protobuf bytes.
  func header() -> [UInt8] {
    let schema: any SwiftProtobuf.Message = schemaMessage()
    do {
      return try schema.serializedBytes()
    } catch {
      preconditionFailure("\(type.name) cannot be encoded: \(error)")
    }
  }

  /// The payload frame, of those messages that have one.
  func payload() -> [UInt8]? {
    switch self {
    case .result(let offer): offer.inlined.map { Array($0.joined()) }
    case .chunk(let chunk): chunk.bytes
    case .status(let report): report.text
    default: nil
    }
  }

  private func schemaMessage() -> any SwiftProtobuf.Message {
    switch self {
    case .hello(let hello): hello.schema
    case .welcome(let welcome): welcome.schema
    case .reject(let reason, let text):
      Tsq_Wire_Reject.with {
        $0.code = reason.schema
        $0.text = limited(text)
      }
    case .ready(let credit): Tsq_Wire_Ready.with { $0.credit = UInt32(credit) }
    case .error(let fault, let text):
      Tsq_Wire_Error.with {
        $0.code = fault.schema
        $0.text = limited(text)
      }
    case .drain, .draining, .byeOK: Tsq_Wire_Text()
    case .bye(let text): Tsq_Wire_Text.with { $0.text = limited(text) }
    case .askStatus(let question): question.schema
    case .status(let report): report.schema
    case .attach, .get, .chunk: bulkSchema()
    default: workSchema()
    }
  }

  private func bulkSchema() -> any SwiftProtobuf.Message {
    switch self {
    case .attach(let instance):
      Tsq_Wire_Attach.with {
        $0.instanceHigh = instance.high
        $0.instanceLow = instance.low
      }
    case .get(let digest, let offset, let byteCount):
      Tsq_Wire_Get.with {
        $0.digest = data(digest)
        $0.offset = UInt64(offset)
        $0.byteCount = UInt32(byteCount)
      }
    case .chunk(let chunk):
      Tsq_Wire_Chunk.with {
        $0.digest = data(chunk.digest)
        $0.offset = UInt64(chunk.offset)
        $0.missing = chunk.bytes == nil
      }
    default: preconditionFailure("\(type.name) is not a bulk message")
    }
  }

  private func workSchema() -> any SwiftProtobuf.Message {
    switch self {
    case .task(let assignment): assignment.schema
    case .beat(let beat): beat.schema
    case .beatAck(let sequence): Tsq_Wire_BeatAck.with { $0.sequence = sequence }
    case .result(let offer): offer.schema
    case .resultAck(let acknowledgement): acknowledgement.schema
    case .fail(let reference, let failure, let text):
      Tsq_Wire_Failure.with {
        $0.task = reference.task.number
        $0.key = data(reference.key)
        $0.lease = reference.lease.number
        $0.leaseRunHigh = reference.run.high
        $0.leaseRunLow = reference.run.low
        $0.code = failure.schema
        $0.text = limited(text)
      }
    case .accept(let task, let lease):
      Tsq_Wire_Decline.with {
        $0.task = task.number
        $0.lease = lease.number
      }
    case .decline(let task, let lease, let reason):
      Tsq_Wire_Decline.with {
        $0.task = task.number
        $0.lease = lease.number
        $0.code = reason.schema
      }
    case .revoke(let lease), .released(let lease):
      Tsq_Wire_Lease.with { $0.lease = lease.number }
    default: preconditionFailure("\(type.name) is not a message about work")
    }
  }
}

/// Text for people, cut to what the wire allows.
private func limited(_ text: String) -> String {
  guard text.utf8.count > WireLimits.textBytes else { return text }
  return String(decoding: text.utf8.prefix(WireLimits.textBytes - 4), as: UTF8.self) + "…"
}

private func data(_ digest: Digest) -> Data { Data(digest.bytes) }

extension Hello {
  fileprivate var schema: Tsq_Wire_Hello {
    .with {
      $0.protocolFirst = UInt32(protocols.lowerBound)
      $0.protocolLast = UInt32(protocols.upperBound)
      $0.build = build
      $0.kernel = kernel
      $0.instanceHigh = instance.high
      $0.instanceLow = instance.low
      $0.process = UInt64(process)
      $0.host = host
      $0.name = name
      $0.slots = UInt32(slots)
      $0.cores = UInt32(cores)
      $0.memoryBytes = UInt64(memoryBytes)
      $0.number = number
      $0.endpoint = endpoint
    }
  }
}

extension Welcome {
  fileprivate var schema: Tsq_Wire_Welcome {
    .with {
      $0.protocol = UInt32(protocolVersion)
      $0.name = name
      $0.bulkEndpoint = bulkEndpoint
      $0.beatMilliseconds = UInt32(beatMilliseconds)
      $0.leaseMilliseconds = UInt32(leaseMilliseconds)
      $0.chunkBytes = UInt32(chunkBytes)
      $0.window = UInt32(window)
      $0.hello = hello
    }
  }
}

extension Assignment {
  fileprivate var schema: Tsq_Wire_Task {
    .with {
      $0.task = task.number
      $0.key = data(key)
      $0.lease = lease.number
      $0.attempt = UInt32(attempt)
      $0.kind = kind
      $0.parameters = Data(parameters)
      $0.inputs = inputs.map(\.schema)
      $0.memoryBytes = UInt64(memoryBytes)
      $0.label = label
    }
  }
}

extension BlobReference {
  fileprivate var schema: Tsq_Wire_BlobReference {
    .with {
      $0.digest = data(digest)
      $0.byteCount = UInt64(byteCount)
      $0.ephemeral = isEphemeral
    }
  }
}

extension Beat {
  fileprivate var schema: Tsq_Wire_Beat {
    .with {
      $0.sequence = sequence
      $0.leases = entries.map { entry in
        .with {
          $0.lease = entry.lease.number
          $0.progress = entry.progress
        }
      }
      $0.residentBytes = UInt64(residentBytes)
    }
  }
}

extension ResultOffer {
  fileprivate var schema: Tsq_Wire_Result {
    .with {
      $0.task = reference.task.number
      $0.key = data(reference.key)
      $0.lease = reference.lease.number
      $0.leaseRunHigh = reference.run.high
      $0.leaseRunLow = reference.run.low
      $0.outputs = outputs.map(\.schema)
      $0.inlined = inlined != nil
      $0.seconds = seconds
    }
  }
}

extension Acknowledgement {
  fileprivate var schema: Tsq_Wire_Acknowledgement {
    .with {
      $0.key = data(key)
      $0.lease = lease.number
      $0.code = code.schema
      $0.text = limited(text)
    }
  }
}
