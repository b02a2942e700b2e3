import ArgumentParser
import Datasets
import Network
import ONNX
import Reporting
import Tensors
import Wire

/// A decoder of bytes that others made.
enum FuzzTarget: String, ExpressibleByArgument, CaseIterable {
  case wire, bundle, parameters, status, onnx, cifar, idx, npy, npz, list, jpeg, png, webp, recipe

  /// Whether the decoder opens a file.
  var readsFiles: Bool {
    switch self {
    case .wire, .bundle, .parameters, .status, .onnx: false
    case .cifar, .idx, .npy, .npz, .list, .jpeg, .png, .webp, .recipe: true
    }
  }

  /// Decodes, and uses what was decoded as its receiver would; an error of the decoder's own kind
  /// is a refusal. Anything else ends the process.
  func accepts(_ bytes: [UInt8], file: String) -> Bool {
    switch self {
    case .wire: acceptsMessage(bytes)
    case .bundle: acceptsBundle(bytes)
    case .parameters: acceptsParameters(bytes)
    case .status: acceptsStatus(bytes)
    case .onnx: acceptsNetwork(bytes)
    case .cifar, .idx, .npy, .npz, .list, .jpeg, .png, .webp: acceptsData(file)
    case .recipe: acceptsRecipe(file)
    }
  }

  /// What a decoder looks at beyond what guards it: of PNG the checksums, without which nothing
  /// behind them is ever read.
  func repaired(_ bytes: [UInt8]) -> [UInt8] {
    // One in four as it is.
    guard self == .png, bytes.count % 4 != 0 else { return bytes }
    return PNGChecksums.repaired(bytes)
  }

  /// Frames, each after its length in 32 bits.
  private func acceptsMessage(_ bytes: [UInt8]) -> Bool {
    var reader = ByteReader(bytes)
    var frames: [[UInt8]] = []
    do throws(WireError) {
      while reader.remaining > 0 {
        let count: UInt32 = try reader.integer("length")
        frames.append(try reader.bytes(min(Int(count), reader.remaining), "frame"))
      }
      let envelope = try Envelope(frames: frames)
      // What was taken in can be said again.
      let again = try Envelope(frames: try envelope.frames())
      let isSame = try again.frames() == envelope.frames()
      precondition(isSame, "a message changed on the way")
      return true
    } catch { return refused(error.description) }
  }

  private func acceptsBundle(_ bytes: [UInt8]) -> Bool {
    do throws(WireError) {
      let bundle = try TensorBundle(decoding: bytes)
      precondition(bundle.encoded() == bytes, "a bundle changed on the way")
      return true
    } catch { return refused(error.description) }
  }

  private func acceptsParameters(_ bytes: [UInt8]) -> Bool {
    var isAccepted = false
    for kind in ["calibrate", "statistics", "solve", "refine", "compare", "effect", "evaluate"] {
      do throws(WireError) {
        let parameters = try TaskParameters(kind: kind, bytes: bytes)
        _ = try parameters.encoded()
        isAccepted = true
      } catch { _ = refused(error.description) }
    }
    return isAccepted
  }

  private func acceptsStatus(_ bytes: [UInt8]) -> Bool {
    do throws(ReportingError) {
      let status = try RunStatus(json: String(decoding: bytes, as: UTF8.self), place: "input")
      precondition(!StatusText(status: status, isAlive: true, age: 0).lines.isEmpty, "no text")
      return true
    } catch { return refused("\(error)") }
  }

  private func acceptsNetwork(_ bytes: [UInt8]) -> Bool {
    do throws(ONNXError) {
      _ = try readNetwork(bytes: bytes)
      return true
    } catch { return refused(error.description) }
  }

  private func acceptsData(_ file: String) -> Bool {
    do throws(DatasetError) {
      let data = try Dataset.open(path: file)
      // The first and the last sample, which lies furthest into the file.
      for index in Set([0, data.count - 1]) where index >= 0 {
        _ = try data.samples(index..<index + 1)
      }
      return true
    } catch { return refused(error.description) }
  }

  private func acceptsRecipe(_ file: String) -> Bool {
    do throws(CommandFailure) {
      let recipe = try RecipeFile.read(path: file)
      _ = try recipe.resolved()
      _ = try recipe.preprocessing()
      return true
    } catch { return refused(error.message) }
  }

  private func refused(_ reason: String) -> Bool {
    precondition(!reason.isEmpty, "a refusal without a reason")
    return false
  }
}
