internal import Planning
package import Tensors

/// Which images each step takes and how they are moved: a function of the seed alone.
package struct ImageOrder: Sendable {
  package let count: Int
  private let settings: FineTuningSettings

  /// - Throws: `.tooFewImages` where there is not one batch.
  package init(count: Int, settings: FineTuningSettings) throws(FineTuningError) {
    guard count >= settings.batchSize else {
      throw .tooFewImages(count: count, batchSize: settings.batchSize)
    }
    self.count = count
    self.settings = settings
  }

  /// Steps of an epoch; images that fill no batch wait for the next order.
  package var stepsPerEpoch: Int { count / settings.batchSize }
  package var totalSteps: Int { stepsPerEpoch * settings.epochs }

  /// The images of an epoch in their order.
  package func order(epoch: Int) -> [Int] {
    var random = SeededWords(seed: settings.seed &+ UInt64(epoch) << 40)
    return Array(0..<count).shuffled(using: &random)
  }

  /// The images of each shard of a step, in an order from `order(epoch:)`.
  package func shards(step: Int, order: [Int]) -> [[Int]] {
    let start = step % stepsPerEpoch * settings.batchSize
    return (0..<settings.shards).map { shard in
      let first = start + shard * settings.shardSize
      return Array(order[first..<first + settings.shardSize])
    }
  }

  /// Shards of the images that normalized layers are measured on: a draw of its own, the same
  /// whenever it is asked for, and all images at most; these are not moved.
  package var statisticsShards: [[Int]] {
    guard settings.statistics > 0, settings.normalizes else { return [] }
    let order = order(epoch: settings.epochs)
    let wanted = (settings.statistics + settings.shardSize - 1) / settings.shardSize
    return (0..<min(wanted, count / settings.shardSize)).map { shard in
      Array(order[shard * settings.shardSize..<(shard + 1) * settings.shardSize])
    }
  }

  /// Images of a shard `[N, …]` moved, mirrored and mixed, as `epoch` and each image's number
  /// decide.
  package func augmented(_ images: Tensor, numbers: [Int], epoch: Int) -> Tensor {
    let moved = moved(images, numbers: numbers, epoch: epoch)
    return mixes(epoch: epoch) ? mixed(moved, numbers: numbers, epoch: epoch) : moved
  }

  private func random(_ number: Int, epoch: Int) -> SeededWords {
    SeededWords(seed: settings.seed ^ UInt64(epoch + 1) &* 0x9E37_79B9 &+ UInt64(number) << 20)
  }

  /// Images `[N, channels, height, width]` moved by up to `shift` pixels, with zeros where there is
  /// nothing, and mirrored. Other shapes stay.
  private func moved(_ images: Tensor, numbers: [Int], epoch: Int) -> Tensor {
    guard images.shape.count == 4, settings.shift > 0 || settings.mirrors else { return images }
    let (channels, height, width) = (images.shape[1], images.shape[2], images.shape[3])
    var result = Tensor(shape: images.shape)
    for (place, number) in numbers.enumerated() {
      var random = random(number, epoch: epoch)
      let reach = settings.shift
      let (down, right) = (
        Int.random(in: -reach...reach, using: &random),
        Int.random(in: -reach...reach, using: &random)
      )
      let isMirrored = settings.mirrors && random.next() & 1 == 1
      for plane in place * channels..<(place + 1) * channels {
        for y in max(0, -down)..<max(max(0, -down), min(height, height - down)) {
          let to = (plane * height + y) * width
          let from = (plane * height + y + down) * width
          for x in max(0, -right)..<max(max(0, -right), min(width, width - right)) {
            let column = x + right
            result.values[to + x] =
              images.values[from + (isMirrored ? width - 1 - column : column)]
          }
        }
      }
    }
    return result
  }

  /// The last epochs see images as they are: what normalizations measure there is what they will
  /// meet.
  private func mixes(epoch: Int) -> Bool {
    settings.mixing > 0 && epoch < settings.epochs - max(1, settings.epochs / 10)
  }

  /// Into a share of the images up to half of their neighbour in the shard is mixed (Zhang et al.,
  /// "mixup"): without labels nothing is lost, since the reference says what it makes of the
  /// mixture, and few images become many.
  private func mixed(_ images: Tensor, numbers: [Int], epoch: Int) -> Tensor {
    var result = images
    let size = images.values.count / max(1, numbers.count)
    for (place, number) in numbers.enumerated() {
      // Other words than those that move the image.
      var random = random(number ^ 1 << 40, epoch: epoch)
      guard Double.random(in: 0..<1, using: &random) < settings.mixing else { continue }
      let share = Float.random(in: 0..<0.5, using: &random)
      let other = (place + 1) % numbers.count * size
      for index in 0..<size {
        let own = images.values[place * size + index]
        result.values[place * size + index] = own + share * (images.values[other + index] - own)
      }
    }
    return result
  }
}
