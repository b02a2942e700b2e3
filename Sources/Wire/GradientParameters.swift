internal import SwiftProtobuf
internal import WireSchema

/// What a `gradient` or `moments` task is asked: the images of one shard.
package struct GradientParameters: Sendable, Equatable {
  /// From 0; decides how images are moved where they are.
  package var epoch: Int
  /// Numbers of the images, in order; at least one.
  package var images: [Int]

  package init(epoch: Int, images: [Int]) {
    self.epoch = epoch
    self.images = images
  }
}

extension GradientParameters {
  var message: Tsq_Tasks_Gradient {
    .with {
      $0.epoch = UInt32(epoch)
      $0.images = images.map { UInt32($0) }
    }
  }

  init(_ message: Tsq_Tasks_Gradient) throws(WireError) {
    guard !message.images.isEmpty, message.images.count <= 65_536, message.epoch <= 1 << 20 else {
      throw WireError("parameters of a shard of images", .malformed("a number is out of range"))
    }
    self.init(epoch: Int(message.epoch), images: message.images.map { Int($0) })
  }
}
