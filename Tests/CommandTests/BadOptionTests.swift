import Foundation
import TestSupport
import Testing

/// Recipes and options that mean nothing or contradict each other are refused before any work.
@Suite(.timeLimit(.minutes(10)))
struct `a bad recipe` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test(
    arguments: [
      ("layers:\n- layer: nosuch*\n  weights: float\n", "no layer is called 'nosuch*'"),
      ("wieghts: ternary\n", "has no field 'wieghts'; the fields are weights"),
      ("layers:\n- layer: stem*\n  weigths: float\n", "has no field 'weigths'"),
      ("layers:\n- layer: stem*\n", "layer 'stem*' changes nothing"),
      ("layers:\n- weights: float\n", "lacks 'layer'"),
      ("layers:\n- stem\n", "entry 1 of 'layers'"),
      ("- weights\n- float\n", "the fields are weights"),
      ("calibration: many\n", "field 'calibration' is to be a whole number"),
      ("weights: [a\n", "is not YAML"),
      ("weights: quaternary\n", "weights 'quaternary' are not known; choose"),
      ("activations: 5\n", "activations '5' are not known; choose"),
      ("method: magic\n", "method 'magic' is not known; choose"),
      ("preprocess: magic\n", "preprocessing 'magic' is not known; choose"),
      ("preprocess:\n  scales: 1\n", "has no field 'scales'; the fields are scale, mean, std"),
      ("preprocess: [1]\n", "'preprocess' in recipe"),
      ("preprocess:\n  scale: big\n", "field 'preprocess.scale' is to be a number"),
      ("preprocess:\n  mean: [0, x]\n", "is to be a number"),
      ("preprocess:\n  std: 0\n", "no std of 0"),
      ("preprocess:\n  channels: grb\n", "'grb' is not known; choose rgb, bgr"),
      ("preprocess:\n  layout: chw\n", "'chw' is not known; choose nchw, nhwc"),
      ("solver:\n  rigde: 1\n", "has no field 'rigde'; the fields are ridge, iterations"),
      ("solver: fast\n", "'solver' in recipe"),
      ("solver:\n  kicks: many\n", "field 'solver.kicks' is to be a whole number"),
      ("solver:\n  ridge: -1\n", "ridge -1.0 is negative"),
      ("solver:\n  ridge: .nan\n", "ridge nan is negative"),
      ("solver:\n  iterations: 0\n", "iterations 0 are too few"),
      ("solver:\n  kicks: -1\n", "kicks -1 are too few"),
      ("solver:\n  first-penalty: 0\n", "the penalties must rise"),
      ("solver:\n  first-penalty: 2\n  last-penalty: 1\n", "the penalties must rise"),
      ("solver:\n  last-penalty: .inf\n", "the penalties must rise"),
      ("solver:\n  memory: -1\n", "memory -1.0 is not within"),
      ("solver:\n  memory: 100\n", "memory 100.0 is not within"),
    ])
  func `is refused by name`(_ text: String, _ what: String) throws {
    // Given again as an option, preprocessing would hide the recipe's.
    let recipe = try scratch.write("recipe.yaml", text)
    let ending = try Program(
      [
        "quantize", Example.model, "--data", Example.training, "--recipe", recipe,
        "--output", scratch.file("out.onnx"), "--run-folder", scratch.file("run"),
      ], in: scratch
    ).wait()
    try expectRefusal(ending, 78, what, leavingNothingIn: scratch)
  }

  @Test func `that is missing`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--recipe", scratch.file("none.yaml")), 66, "none.yaml",
      leavingNothingIn: scratch)
  }

  @Test func `with no calibration images`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--calibration", "0"), 64, "calibration", "at least one image",
      leavingNothingIn: scratch)
  }
}

@Suite(.timeLimit(.minutes(10)))
struct `options that contradict each other` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test(
    arguments: [
      (["--workers", "0"], "'--workers 0' leaves no worker"),
      (["--workers=-1"], "'--workers' is between 0 and 1024"),
      (["--workers", "100000"], "'--workers' is between 0 and 1024"),
      (["--min-workers", "2"], "give one"),
      (["--listen", "udp://here", "--workers", "0"], "neither tcp:// nor ipc://"),
      (["--listen", "tcp://127.0.0.1:99999"], "not a port between 0 and 65535"),
      (["--listen", "tcp://127.0.0.1:0"], "TCP needs keys: give '--keys KEYS'"),
      (["--listen", "tcp://127.0.0.1:0", "--keys", "k", "--insecure"], "contradict each other"),
      (["--insecure"], "belong to '--listen ENDPOINT'"),
      (["--worker-deadline", "0"], "between 1 and 31536000 seconds"),
      (["--worker-deadline", "99999999999"], "between 1 and 31536000 seconds, a year"),
      (["--labels"], "belong to a fine-tune: give '--fine-tune EPOCHS'"),
      (["--fine-tune-data", Example.test], "belong to a fine-tune: give '--fine-tune EPOCHS'"),
      (["--fine-tune=-1"], "'--fine-tune' is not negative"),
      (["--fine-tune", "1", "--checkpoint-steps", "0"], "'--checkpoint-steps' is at least 1"),
      (["--fine-tune", "1", "--shards-per-task", "3"], "'--shards-per-task' is a power of two"),
      (["--weights", "quaternary"], "weights 'quaternary' are not known; choose"),
      (["--activations", "5"], "activations '5' are not known; choose"),
      (["--bits-budget", "nan"], "the budget of weights"),
      (["--fine-tune", "1", "--fine-tune-mode", "magic"], "'magic' is not known"),
      (["--surprise"], "Unknown option '--surprise'"),
    ])
  func `are refused with the usage`(_ options: [String], _ what: String) throws {
    let ending = try Program(
      Example.work + ["--output", scratch.file("out.onnx"), "--run-folder", scratch.file("run")]
        + options, in: scratch
    ).wait()
    try expectRefusal(ending, 64, what, leavingNothingIn: scratch)
  }

  @Test func `more shards than a task can name`() throws {
    let recipe = try scratch.write("shards.yaml", "fine-tune: {batch: 1088, shards: 64}")
    let folder = try ScratchFolder()
    let ending = try Program(
      Example.work + [
        "--output", folder.file("out.onnx"), "--run-folder", folder.file("run"), "--recipe", recipe,
        "--fine-tune", "1", "--shards-per-task", "64",
      ], in: folder
    ).wait()
    let what = "64 shards of 17 images are more than the 1024 that a task can name"
    try expectRefusal(ending, 64, what, leavingNothingIn: folder)
  }

  @Test func `a resume without a run folder`() throws {
    let ending = try Program(
      Example.work + ["--output", scratch.file("out.onnx"), "--resume"], in: scratch
    ).wait()
    try expectRefusal(ending, 64, "name its folder with '--run-folder'", leavingNothingIn: scratch)
  }

  @Test func `an output that is one of the inputs`() throws {
    let model = try scratch.write("model.onnx", try bytes(Example.model))
    let ending = try Example.quantize(
      model, in: scratch, "--output", scratch.path + "/./model.onnx")
    try expectRefusal(ending, 64, "would overwrite", model, leavingNothingIn: scratch)
    #expect(try bytes(model) == bytes(Example.model))
  }

  @Test func `no command at all shows the commands`() throws {
    let ending = try tsq(in: scratch)
    #expect(ending.code == 0)
    #expect(ending.output.contains("SUBCOMMANDS"))
    #expect(try tsq("frobnicate", in: scratch).code == 64)
  }
}
