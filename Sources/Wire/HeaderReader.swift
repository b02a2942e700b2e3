internal import Coordination
internal import FoundationEssentials
internal import SwiftProtobuf
internal import Tensors
internal import WireSchema

/// Checks the fields of one header; its errors name message and field.
struct HeaderReader {
  let type: MessageType

  /// Parses protobuf; unknown fields are skipped.
  func parse<Schema: SwiftProtobuf.Message>(
    _ header: [UInt8], as: Schema.Type
  ) throws(WireError) -> Schema {
    do {
      return try Schema(serializedBytes: header)
    } catch {
      throw WireError("\(type.name) header", .malformed("\(error)"))
    }
  }

  func integer(
    _ value: some BinaryInteger, _ field: String, _ range: ClosedRange<Int>
  ) throws(WireError) -> Int {
    guard let value = Int(exactly: value), range.contains(value) else {
      throw fault(
        field,
        .outOfRange(found: "\(value)", limit: "\(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  func digest(_ data: Data, _ field: String) throws(WireError) -> Digest {
    guard data.count == 32 else {
      throw fault(field, .outOfRange(found: "\(data.count) bytes", limit: "32"))
    }
    return Digest(bytes: Array(data))
  }

  func blobs(
    _ list: [Tsq_Wire_BlobReference], _ field: String
  ) throws(WireError) -> [BlobReference] {
    try list.map { (item) throws(WireError) in
      BlobReference(
        digest: try digest(item.digest, field),
        byteCount: try integer(item.byteCount, field, 0...WireLimits.blobBytes),
        isEphemeral: item.ephemeral)
    }
  }

  func required<Value>(_ value: Value?, _ field: String) throws(WireError) -> Value {
    guard let value else { throw fault(field, .malformed("the code is unknown")) }
    return value
  }

  func require(_ condition: Bool, _ field: String, _ text: String) throws(WireError) {
    guard condition else { throw fault(field, .malformed(text)) }
  }

  func fault(_ field: String, _ reason: WireError.Reason) -> WireError {
    WireError("\(type.name).\(field)", reason)
  }
}
