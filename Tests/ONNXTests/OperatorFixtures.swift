import Foundation
import Testing

/// Models, inputs and what onnxruntime 1.32.0 gives;
/// written by `scripts/operator-fixtures`.
let operatorFixtures: [OperatorFixture] = [
  OperatorFixture(
    name: "view",
    model: """
      CAg6gwIKDwoBeBIBcyIFU2hhcGU6AAojCgFzCgR6ZXJvEgFuIgZHYXRoZXIqCwoEYXhpcxgAoAECOgAKGQoBbgoEYXhl
      cxIBdSIJVW5zcXVlZXplOgAKIwoBdQoEcmVzdBIBdCIGQ29uY2F0KgsKBGF4aXMYAKABAjoAChQKAXgKAXQSAXkiB1Jl
      c2hhcGU6ABIBZyoSEAdCBHplcm9KCAAAAAAAAAAAKhQIARAHQgRheGVzSggAAAAAAAAAACoUCAEQB0IEcmVzdEoI////
      //////9aHAoBeBIXChUIARIRCgMSAU4KAggCCgIIAwoCCAJiFAoBeRIPCg0IARIJCgMSAU4KAggMQgQKABAR
      """,
    inputs: [
      """
      YUtNv5iEqb+CUn6+mUTXPvlpkT/AreA9S3oNv17nSL/OrT8/kkDRP1moiz633Z2/3lB1v23NzD9qwE8+mLbdv+loq72X
      5JS/Bhkhv+bb+b61mza/NqoNPzgzgb345Ba/
      """
    ],
    outputs: [
      """
      YUtNv5iEqb+CUn6+mUTXPvlpkT/AreA9S3oNv17nSL/OrT8/kkDRP1moiz633Z2/3lB1v23NzD9qwE8+mLbdv+loq72X
      5JS/Bhkhv+bb+b61mza/NqoNPzgzgb345Ba/
      """
    ],
    inputShapes: [[2, 2, 3, 2]],
    outputShapes: [[2, 12]]),
  OperatorFixture(
    name: "attention",
    model: """
      CAg6rQkKPwoBeAoEZ2FpbgoFc2hpZnQSAWgiEkxheWVyTm9ybWFsaXphdGlvbioUCgRheGlzGP///////////wGgAQI6
      AAopCgF4EgFzIgVTaGFwZSoMCgVzdGFydBgAoAECKgoKA2VuZBgCoAECOgAKJAoBcwoFaGVhZHMSAXQiBkNvbmNhdCoL
      CgRheGlzGACgAQI6AAoVCgFoCgJ3cRICcTAiBk1hdE11bDoAChYKAnEwCgF0EgJxMSIHUmVzaGFwZToACicKAnExEgFx
      IglUcmFuc3Bvc2UqEQoEcGVybUAAQAJAAUADoAEHOgAKFQoBaAoCd2sSAmswIgZNYXRNdWw6AAoWCgJrMAoBdBICazEi
      B1Jlc2hhcGU6AAonCgJrMRIBayIJVHJhbnNwb3NlKhEKBHBlcm1AAEACQANAAaABBzoAChQKAXEKAWsSAmEwIgZNYXRN
      dWw6AAocCgRtYXNrCgJhMAoDbG93EgJhMSIFV2hlcmU6AAooCgJhMRIBYSIHU29mdG1heCoUCgRheGlzGP//////////
      /wGgAQI6AAomCgFrEgF2IglUcmFuc3Bvc2UqEQoEcGVybUAAQAFAA0ACoAEHOgAKFAoBYQoBdhICbzAiBk1hdE11bDoA
      CigKAm8wEgJvMSIJVHJhbnNwb3NlKhEKBHBlcm1AAEACQAFAA6ABBzoACg8KAXgSAWIiBVNoYXBlOgAKFQoCbzEKAWIS
      AW8iB1Jlc2hhcGU6AAoUCgFvCgRyb290EgJlMCIDRGl2OgAKDgoCZTASAWUiA0VyZjoAChIKAWUKA29uZRIBZiIDQWRk
      OgAKEAoBZgoBbxIBeSIDTXVsOgASAWcqJAgGEAFCBGdhaW5KGA280T5mcVQ/l07SvyJyg75CEnu/mk8xviolCAYQAUIF
      c2hpZnRKGKwLpb/nfqk8FC4bvSjSm751Ioa/dtnKviqdAQgGCAYQAUICd3FKkAGqsIu/e3etvzsuZj4u/42/Q8yVP0py
      Nz91uP+/elSLPg0Fjb8CZwc9drcyPd6E/r9QBm++6faCvqtFdj+mOZe/UPA8PySrjL/2nqm+QClXvwdwuT9qdhE/gaEb
      QKJUJD9yUVg//jZXP+VKG78Ta4+9i9msP7QIy76qVEE+09ytvJ31Gz9S1bq+wQQcvtYyeD4qnQEIBggGEAFCAndrSpAB
      zP3SPdtuXb8KUmU/ojSmvyi+mb+xKKS/f4t3P6mhuL7XlXi/JmmRv4Ce1z4FBYe/ddOiv6YuHT+4LZm/nRalvumP3bv/
      AuS+oZFdve5cqz8tUwS/+jChv3wa6781rlG+CFu0vv+5hz54se2+GhD1viaoOL/6DgW/eBIkPpi9wr51tM09GlrzP/lO
      9T5Qvcm/Kh0IAhAHQgVoZWFkc0oQAgAAAAAAAAADAAAAAAAAACoeCAQIBBAJQgRtYXNrShABAAAAAQEAAAEBAQABAQEB
      Kg0QAUIDbG93SgQoa27OKg4QAUIEcm9vdEoE8wS1PyoNEAFCA29uZUoEAACAP1oYCgF4EhMKEQgBEg0KAxIBTgoCCAQK
      AggGYhgKAXkSEwoRCAESDQoDEgFOCgIIBAoCCAZCBAoAEBE=
      """,
    inputs: [
      """
      TOTdPzMUsj52AHG/XDRoP4CikDz2fh2/pC0iv4xRfr9pGEU9/M6IPzttpr5Cdtc+KxXwP7V3m7/32YM+TeWcvrSVh7/2
      ToO/im56vFgj3j5FFgi/n8hePaviOD/g1pc+K2FePww87D7h2/k+Jc/pPzGIHz8VlAQ+4b41P7BLa7+k56y+hhBLPz17
      IT+3MMY/EZcrPI8tu79jP/k/6eOLP7WEh7/9GrA/zLgEPdEu6L+hONe+hkcCv+qgyz8ExUq/
      """
    ],
    outputs: [
      """
      EWMrvdWp1z+0Ksm8dKZDP1ghh0CJqV0/GQKsvr0XeD/zZ1s/OVzuQCzKxEASxxZBmm08vSC01j3BN+g/TmniQOB0t0Cg
      7w9B/auRvYzMSj5skPg/4h1FP57lhkD1/l8/D2OYvkqq5D4I5q2+b6e0QPk90kCpcqJAC9CVvqOb8j4/5a2+PbKdQM/I
      jUADCf5AdXgRQM8Kp70VHJpANVDWQDQZWkA+ohxBV2InQIjt1r1YpqdA1CjWQOxUWkDQjBxB
      """
    ],
    inputShapes: [[2, 4, 6]],
    outputShapes: [[2, 4, 6]]),
  OperatorFixture(
    name: "split",
    model: """
      CAg6swQKKQoBeAoFcGFydHMSAWESAWISAWMiBVNwbGl0KgsKBGF4aXMYAaABAjoACiUKAWEKBGZyb20KAnRvCgRheGlz
      CgRzdGVwEgFkIgVTbGljZToAChAKAWIKAWMSAWUiA011bDoACjQKAWUSAWYiClJlZHVjZU1lYW4qDQoEYXhlc0ACQAOg
      AQcqDwoIa2VlcGRpbXMYAKABAjoACjMKAWQSAWciCVJlZHVjZU1heCoNCgRheGVzQAJAA6ABByoPCghrZWVwZGltcxgA
      oAECOgAKMAoBYhIBaCIIUmVkdWNlTDIqCwoEYXhlc0ADoAEHKg8KCGtlZXBkaW1zGACgAQI6AAo3CgFoEgFpIg9SZWR1
      Y2VMb2dTdW1FeHAqCwoEYXhlc0ACoAEHKg8KCGtlZXBkaW1zGACgAQI6AAojCgFmCgFnCgFpEgF5IgZDb25jYXQqCwoE
      YXhpcxgBoAECOgASAWcqJQgDEAdCBXBhcnRzShgCAAAAAAAAAAEAAAAAAAAAAwAAAAAAAAAqHAgCEAdCBGZyb21KEAMA
      AAAAAAAAAAAAAAAAAAAqGggCEAdCAnRvShD7/////////wkAAAAAAAAAKhwIAhAHQgRheGlzShADAAAAAAAAAAIAAAAA
      AAAAKhwIAhAHQgRzdGVwShD+/////////wEAAAAAAAAAWhwKAXgSFwoVCAESEQoDEgFOCgIIBgoCCAQKAggEYhQKAXkS
      DwoNCAESCQoDEgFOCgIIBkIECgAQEQ==
      """,
    inputs: [
      """
      9JBOPwfgMr7YVgy/dHSvPQP/F79HoqS/QbKgP9r5ZL+x3+U/nMcDP6q76L5aE+A+inWdP65xsL/+QG2/Zk6Gv/79KD74
      +c4+BU/tPPZrOr+WSAe/CfGXP/r3jj8AggY+CcKnv+vMID8QSJM+5GWBPq1x3T/kDlI/4Xd5v4z6dr8grrA/WqdSPjwW
      Yz8I6Nm91RFzv7r9pT6fOM8/iVvMPm1kiL9lwnu+6VjbvsBHfT4KjYw/fHkDQP4EoT75R6y+brcvPs0N4z0R26i+veby
      PTsowz1wToq/r9EkPz2NiL4yQ2O//wIWP+B+yL7yS+s/8SYSPxyvLD5QcCq/LASjvsh+bz+HPBq/4PhXP1MmAcB7l48+
      hjJlP30k1T7P+JQ9MQ2LP6F/R79ibWi/Coo4PiyJoz8TqgE/v370vWMJwD7GZAQ/kdGVv6ssL8AzW3O/JLi1v/JIAb9s
      UpC/ZpBKv0E/Aj+lrDE+cptaPba73j+hzsG+4gCYvoPyrD+nPoO/LXPFv7Lbsj9jYds+haYxP8V+Oz/NEIA/EjG/voLi
      yjwQW4G/2rh4PszGrD6wWbG+U81GP80iRECtEIW/n+hxP7vLhz+I4Zc/tnYuv74jqT/9Dkg/wdWbO6hOV74yqMI+uyeJ
      PyYYgz/8sxtAhGxTvpcdRT89DY6+R6tvP+2Xkj7tfeK+jNqVv/T1HL8hXMs+fUDQPz9Jbj+XS4W/SM+qvn57PD5gkTk8
      ib1CPpIsZD9Ks6A+iOUZv7Qe7L/NCIi+X27Ov9vw1b0AFLo+VGKmvy5C7b1hgqe+ZPrzP+7E5T7oTPO/akfXPt3IxT45
      knC+29jTvpbxDT9IJR0/cpnDPhishr9Y4qC+DA/Qv9iPyL/RgSK/bviQv6LA/b4uIxlAEhrOPlsce7/CuxDAmF1xv+uM
      xb8b8BPANeQaP3JAGr/nBaI+2dY9QPkXFj6SGfO7xItlPllyyL5qtnO//8usvoRVgj9LZ8m+dvu+v+Esr7/MKpO/opDb
      vRg+uz7olrw+
      """
    ],
    outputs: [
      "Va0vPghZkz7zlU++nMcDPwnxlz/yRlFAXrGWvhjfGr6os5++zSJEQL4jqT9eKkhA"
    ],
    inputShapes: [[2, 6, 4, 4]],
    outputShapes: [[2, 6]]),
  OperatorFixture(
    name: "decoder",
    model: """
      CAg61wcKaQoBeAoBdwoBYhIBYSINQ29udlRyYW5zcG9zZSoMCgVncm91cBgCoAECKhAKB3N0cmlkZXNAAkACoAEHKhcK
      Dm91dHB1dF9wYWRkaW5nQAFAAKABByoRCgRwYWRzQAFAAEABQACgAQc6AAosCgFhCgRnYWluCgVzaGlmdBIBbiIVSW5z
      dGFuY2VOb3JtYWxpemF0aW9uOgAKKAoBbhIBZCIMRGVwdGhUb1NwYWNlKhAKCWJsb2Nrc2l6ZRgCoAECOgAKKQoBZBIB
      cyIFU2hhcGUqDAoFc3RhcnQYAKABAioKCgNlbmQYAqABAjoACiMKAXMKBHNpemUSAXQiBkNvbmNhdCoLCgRheGlzGACg
      AQI6AApjCgFkCgAKAAoBdBIBciIGUmVzaXplKhEKBG1vZGUiBmxpbmVhcqABAyo3Ch5jb29yZGluYXRlX3RyYW5zZm9y
      bWF0aW9uX21vZGUiEnB5dG9yY2hfaGFsZl9waXhlbKABAzoACicKAXIKBHBhZHMSAXkiA1BhZCoSCgRtb2RlIgdyZWZs
      ZWN0oAEDOgASAWcqsAIIBAgCCAMIAxABQgF3SqACItqBvpizjb64CMK+wgBqv1JYYD681Ik/AL0fP5Vwbb8qLZO/aKjz
      PXDiNL+JUiG/OwDXv7Wp+T+Op2o//lF5v3iAaD+e1qs/ce4YwKWHDL9tpMa+AfQlP93C+L0x9mu+1hZvvcc57T8fPQpA
      BlsGv1Qebb/KUixAi9B6v3rKEr9+1hU9DWz3PnC3gz8rLsg+f1Rfv0aiAT9l6n8+4j7wP7fBdbzuIau/NsOFv56euT8K
      Rgq/kq8GwLyoFL9IVX03myuYPxjagb/Cqyo/uZhLPx0LM7+EF0C+WH3iP9g43D99A1s/4PSpPiG0kT+1DRC+J8DCvZBA
      XL8OTbY7VfinvS6DMUCueEW+KqqiPw4GqT9G9D6+z66VP+pQC8AvacI9KhkIBBABQgFiShB8dVs/oHYZwLlflL9sLYc/
      KhwIBBABQgRnYWluShDqloO+xpGMv+5Hv74R5wq/Kh0IBBABQgVzaGlmdEoQYXU5P7tj6D4Xeo++5lMqvyocCAIQB0IE
      c2l6ZUoQCgAAAAAAAAAMAAAAAAAAACpMCAgQB0IEcGFkc0pAAAAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAA
      AAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAFocCgF4EhcKFQgBEhEKAxIBTgoCCAQKAggDCgIIA2IcCgF5EhcK
      FQgBEhEKAxIBTgoCCAEKAggOCgIIDEIECgAQEQ==
      """,
    inputs: [
      """
      uqxcvbaeqT+Ns7I+8JEjP0dMGr48WqW/2Pk1v3G3Jj/3YtM9DWJnv2EWz78xreI9AtetvrJ4s76qrai+A1yRPtrBlj4P
      TnY/Ca1tPweCqj/PbU4/0dSrvh1JXr3DCf0+od6evgWoDD96qZM/dR5Nv/Kb4r+wyZg/O32RPGNrNT/7iKq/s9LdPzEW
      PT+XGQG+xze0vj5C6T2fuyq+ebCOvg1Pj7+9o6E/NhwivZLamD29Sr49CO0WwL7yBj//hqi+wRWUvvLsjj0p9Hi/zudX
      Py8kMr8iVme/dbhcvxGQIj5n6z4/aVUYv8xNwb+y/4c/qVSIvzTwmD9aZV69D8cyv6jZI7+5eew+361jPyPtSr5LanI/
      DZEFQMhOVb4RIZO/
      """
    ],
    outputs: [
      """
      0NRPPqCFhLxkiD0+zFOJPmjQnz9A9UI+jQUGv/sXNj/mJqs9T6SDPnNLmT4lQF++K4xwvr4fDb4EZZk+3Ei/PSi30z5s
      kxc/OhKtPqIn0L2quCG/6HYQvwTtMb1Qw8y+1KgQP2zouL3iE9A+bpYZPzoWbD+PoRU/Lxvwv0ZAbT5pplY+mOE9Pnku
      zT7kHz4+K4xwvr4fDb4EZZk+3Ei/PSi30z5skxc/OhKtPqIn0L2quCG/6HYQvwTtMb1Qw8y+0NRPPqCFhLxkiD0+zFOJ
      PmjQnz9A9UI+jQUGv/sXNj/mJqs9T6SDPnNLmT4lQF++4xoNP6n28j5Rfim+OLrbvfs5X76o4Tg9VB+1vboI8T1IJe6+
      yiq1Pw7BgT8E1lA/AqvcvPwdpb4HKMa+nBPrvk9mIr+xhK++2Zgyv5P3lr5ERjS+5nAxPvg/9DzGBQO/K7kRPzJRhD/j
      Lcs+pyoAP3Vp7763ZhM/WeWkP4VjeD84zGo+zgu+P0RlcD8OFAG9dpoXv/KPAL9puAa/p9X/vsATLz4+nIa9ItgKv08b
      Sj5Uww8+5A3QvopKkL3ZhIa+2i2lPcZz/L5EOeE9zSlPPngGAz/SxyU++bQEv2iSA73sdKs9PPh8PjmxvD5dGCe+U7jI
      PsyUmr7nJw8+AM/mPcCdJj9t1cs+AtqgvoVakz15wqm+72X5vQrl1T08Gxi+Bzxtvi+PLr8R5YY+CC6iPfUaFr+lxmC+
      hkkBvgjnk702qjC/lB4DvxEeIr7TCPS+U7jIPsyUmr7nJw8+AM/mPcCdJj9t1cs+AtqgvoVakz15wqm+72X5vQrl1T08
      Gxi+2i2lPcZz/L5EOeE9zSlPPngGAz/SxyU++bQEv2iSA73sdKs9PPh8PjmxvD5dGCe+4dzXvXJrbz74+pM+2VdtPkB6
      lj7u2zs+TBg6v2yC9L0yqcO+ABmwvKqqHD5xZJI/XP2HPjzLUz6zY4Y+BEPRPWzocj76N+g9sbrSvpTX9r6Ouxi/gJPq
      vV6W9j1f/sU+Gr0aP+D5eb/Fko8+YjJ2Po/TYD9uqiU//TK8Pjjfvz73auY9KuXoPgM+ED+Su8Y+XP2HPjzLUz6zY4Y+
      BEPRPWzocj76N+g9sbrSvpTX9r6Ouxi/gJPqvV6W9j1f/sU+4dzXvXJrbz74+pM+2VdtPkB6lj7u2zs+TBg6v2yC9L0y
      qcO+ABmwvKqqHD5xZJI/R4w4PvqG0r3QWTM+xv6YPUKdGL8GI7I+hDaCP+xKYz9SQU4/211Av8nnUL7bR8m+I1M8vbuA
      Er9ccg6/gshivuAUPD0O4bq9Dywpv19KVb90hAu/dtMUv9bkzL07MCO/f5RAP5d18D7tdEo/JFozP+pEkr+3eX0+WPTl
      PvdYSD+fSA1AQXWfPhSiQj8yjYE/cMsyvx5vAL/iKQe/WpYPv/3KMz7g8JQ+ZJHJvl0IcD1cpeC+CBfgPl+GrD5sP5a+
      QBeTPiS/rrxF3C6+/JdIvo94fr5Uh0w+7ASQvdL4jD6yf+m8/KEwPbROvT07hAS+uXHfPjz3Ib614ku+yHqBvl4z2D3h
      ugg/5JAFP8bCIj8GYg4/xsQhP9xdHD+XjFk+fyO0vt6TEL84DMM+Bq2/PTITE790Kvm+aYWxvqe0M722pSq+3H42v2ri
      rb5U6OC+uXHfPjz3Ib614ku+yHqBvl4z2D3hugg/5JAFP8bCIj8GYg4/xsQhP9xdHD+XjFk+QBeTPiS/rrxF3C6+/JdI
      vo94fr5Uh0w+7ASQvdL4jD6yf+m8/KEwPbROvT07hAS+
      """
    ],
    inputShapes: [[2, 4, 3, 3]],
    outputShapes: [[2, 1, 14, 12]]),
  OperatorFixture(
    name: "places",
    model: """
      CAg6wAIKIQoBeAoBaxIBdhIBaSIEVG9wSyoLCgRheGlzGAGgAQI6AAouCgF4EgFhIgZBcmdNYXgqCwoEYXhpcxgBoAEC
      Kg8KCGtlZXBkaW1zGACgAQI6AAoZCgF4EgFjIgRDYXN0KgkKAnRvGAegAQI6AAoSCgFjCgN0d28SAWQiA01vZDoAChUK
      AWQKBHplcm8SAWIiBUVxdWFsOgASAWcqEQgBEAdCAWtKCAMAAAAAAAAAKhEQB0IDdHdvSggCAAAAAAAAACoSEAdCBHpl
      cm9KCAAAAAAAAAAAWhQKAXgSDwoNCAESCQoDEgFOCgIIBWIUCgF2Eg8KDQgBEgkKAxIBTgoCCANiFAoBaRIPCg0IBxIJ
      CgMSAU4KAggDYhAKAWESCwoJCAcSBQoDEgFOYhQKAWISDwoNCAkSCQoDEgFOCgIIBUIECgAQEQ==
      """,
    inputs: [
      "l/aGwIL2scAdwSPAmUk5wPycqcAougdALiAnwfEPqcDj+QBBttaEQA=="
    ],
    outputs: [
      "HcEjwJlJOcCX9obA4/kAQbbWhEAougdA",
      "AAAAQAAAQEAAAAAAAABAQAAAgEAAAAAA",
      "AAAAQAAAQEA=",
      "AACAPwAAAAAAAIA/AACAPwAAAAAAAIA/AACAPwAAAAAAAIA/AACAPw==",
    ],
    inputShapes: [[2, 5]],
    outputShapes: [[2, 3], [2, 3], [2], [2, 5]]),
  OperatorFixture(
    name: "embedding",
    model: """
      CAg64wIKJAoFdGFibGUKAXgSAWUiBkdhdGhlcioLCgRheGlzGACgAQI6AAoWCgF4CgNvbmUSAXAiB0dyZWF0ZXI6AAoZ
      CgFwEgFjIgRDYXN0KgkKAnRvGAGgAQI6AAoZCgFjCgRsYXN0EgF1IglVbnNxdWVlemU6AAoQCgFlCgF1EgF5IgNNdWw6
      ABIBZyp/CAcIBBABQgV0YWJsZUpwrdUFP9wd6j4SruI/Bh8JP7zgnj3jdZ2/od6WvdLfO7/nxzS/Xdg2v6HfNr3bz6i+
      GQFfP1DAqb+YiS2+BATuP9BSHz05bJk/voSRP+qHqD9h9Tw/dbKwvwvniL5Yu8K+5EDGv+SB7b6eAqC/yjDVvyoREAdC
      A29uZUoIAQAAAAAAAAAqFAgBEAdCBGxhc3RKCP//////////WhQKAXgSDwoNCAcSCQoDEgFOCgIIA2IYCgF5EhMKEQgB
      Eg0KAxIBTgoCCAMKAggEQgQKABAR
      """,
    inputs: [
      "AAAAAAAAgD8AAABAAABAQAAAwEAAAKBA"
    ],
    outputs: [
      """
      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAgAAAAIDnxzS/Xdg2v6HfNr3bz6i+GQFfP1DAqb+YiS2+BATuP+RAxr/k
      ge2+ngKgv8ow1b9h9Tw/dbKwvwvniL5Yu8K+
      """
    ],
    inputShapes: [[2, 3]],
    outputShapes: [[2, 3, 4]]),
  OperatorFixture(
    name: "positions",
    model: """
      CAg6ywIKHQoEemVybwoEZm91cgoDb25lEgFyIgVSYW5nZToAChkKAXISAWYiBENhc3QqCQoCdG8YAaABAjoAChQKAWYK
      BXNjYWxlEgFzIgNNdWw6AAoNCgFzEgFjIgNDb3M6AAoXCgFjCgVzaGFwZRIBdCIGRXhwYW5kOgAKHQoBdBIBeiIFVHJp
      bHUqDAoFdXBwZXIYAKABAjoAChAKAXgKAXoSAXkiA0FkZDoAEgFnKhIQB0IEemVyb0oIAAAAAAAAAAAqEhAHQgRmb3Vy
      SggEAAAAAAAAACoREAdCA29uZUoIAQAAAAAAAAAqDxABQgVzY2FsZUoEmpmZPiodCAIQB0IFc2hhcGVKEAMAAAAAAAAA
      BAAAAAAAAABaGAoBeBITChEIARINCgMSAU4KAggDCgIIBGIYCgF5EhMKEQgBEg0KAxIBTgoCCAMKAggEQgQKABAR
      """,
    inputs: [
      """
      MPVXPsOMMr2jFDC/oVlzv+WQCr83xsm+1fPQvhTkV70w/96+MSHGPt7aBT+yOrc+J8Epv1nTHb+Cpt4+lcVJvtm/ML3a
      fB/Agc4swLCerD7qu6g++luyPyWeOD9/D2M+
      """
    ],
    outputs: [
      """
      pv6aP8OMMr2jFDC/oVlzvzbe6j7UrQ8/1fPQvhTkV71ogBA/xNCrPwiSrD+yOrc+sn2sPlnTHb+Cpt4+lcVJvgL0dD88
      scS/gc4swLCerD76Lqo/OVIWQKzzxT9/D2M+
      """
    ],
    inputShapes: [[2, 3, 4]],
    outputShapes: [[2, 3, 4]]),
  OperatorFixture(
    name: "functions",
    model: """
      CAg6kAMKDgoBeBIBYSIEQ2VsdToAChIKAWESAWIiCFNvZnRzaWduOgAKDQoBYhIBYyIDU2luOgAKKgoBeBIBZCIPVGhy
      ZXNob2xkZWRSZWx1Kg8KBWFscGhhFc3MTD6gAQE6AAoxCgF4EgFlIgZTaHJpbmsqDwoFbGFtYmQVzczMPqABASoOCgRi
      aWFzFc3MzD2gAQE6AAoQCgFjCgFkEgFmIgNBZGQ6AAoPCgF4EgFnIgVSb3VuZDoAChMKAWYKAWUKAWcSAWgiA1N1bToA
      CiEKAWgSAWkiCkxvZ1NvZnRtYXgqCwoEYXhpcxgBoAECOgAKMAoBaRIBaiIPTHBOb3JtYWxpemF0aW9uKgsKBGF4aXMY
      AaABAioICgFwGAGgAQI6AAoWCgFqCgRheGlzEgFrIgZDdW1TdW06AAoUCgFrEgF5IgpSZWNpcHJvY2FsOgASAWcqEhAH
      QgRheGlzSggBAAAAAAAAAFoUCgF4Eg8KDQgBEgkKAxIBTgoCCAZiFAoBeRIPCg0IARIJCgMSAU4KAggGQgQKABAR
      """,
    inputs: [
      "jwqGPG6ftr/RF2I/nYQav9KiAD+410w+TVCLPl2GZD+7z/q+sUPGvr0ZW78SGsG+"
    ],
    outputs: [
      "YDG2wLfzAsDmAfu/htekvycPmL8AAIC/u+ncwGl20cDkTzPAzmftv9N8nL8AAIC/"
    ],
    inputShapes: [[2, 6]],
    outputShapes: [[2, 6]]),
  OperatorFixture(
    name: "pools",
    model: """
      CAg69wMKFwoBeBIBYSINR2xvYmFsTWF4UG9vbDoACkMKAXgSAWIiBkxwUG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEH
      KhAKB3N0cmlkZXNAAkACoAEHKggKAXAYA6ABAjoACj0KAXgSAW0SAWkiB01heFBvb2wqFQoMa2VybmVsX3NoYXBlQAJA
      AqABByoQCgdzdHJpZGVzQAJAAqABBzoACh8KAXgKBGZyb20KAnRvCgRheGVzEgFjIgVTbGljZToACigKAWMSAXMiDFNw
      YWNlVG9EZXB0aCoQCglibG9ja3NpemUYAqABAjoAEgFnKhwIAhAHQgRmcm9tShAAAAAAAAAAAAEAAAAAAAAAKhoIAhAH
      QgJ0b0oQBAAAAAAAAAAFAAAAAAAAACocCAIQB0IEYXhlc0oQAgAAAAAAAAADAAAAAAAAAFocCgF4EhcKFQgBEhEKAxIB
      TgoCCAIKAggFCgIIBWIcCgFhEhcKFQgBEhEKAxIBTgoCCAIKAggBCgIIAWIcCgFiEhcKFQgBEhEKAxIBTgoCCAIKAggC
      CgIIAmIcCgFtEhcKFQgBEhEKAxIBTgoCCAIKAggCCgIIAmIcCgFpEhcKFQgHEhEKAxIBTgoCCAIKAggCCgIIAmIcCgFz
      EhcKFQgBEhEKAxIBTgoCCAgKAggCCgIIAkIECgAQEQ==
      """,
    inputs: [
      """
      jD3VP+cEur5Gwpc/fHVTPzayOj9mkk0/0NOBv4k0vz4WUcs/rx8yv1zzQL28bDC/VU+iPkYNir/9Cc4/ffDAvu91xb+j
      OOU/MHR4Pyu9BD+oVwg/TTG3vpqnZL5TWTk/eOlqP7C/bj/3plk+bMruvoqyRL5dB44/PU+4P3/Arr4xYfS+ta+fPxBB
      OT+DfzI/jfqnvyNdv76/1gO/9eRUPi6s17/MyKI/4KqZPvWi3j7pkZe/iW/YvNLVqj/J68i/oY2cPuHkMj9yIzG/4pJQ
      P8/+qL7+aJ0/AwsHPyzAZT4UkgBAK/dUP2CBpz8uQpi/Coglv2MpVj8u1mc/qE9kvSicRz8jeIe/n/daPjPakr9DX64+
      huv4vmoYJL/QmWY9iKLoP2mBgb9UDBq/OKmIP7vd2L5Ad+I/1N5jPjqduT2FubY++d7eP8bFJz8/RwQ/gPOAPlf9x78w
      oWK/ON69P55mUj93jQE/ixYjP+ooC7+nCa0+eppmv6RgyD6P0Ta/lvNavv4l6D64UKe+7sclPw==
      """
    ],
    outputs: [
      "ozjlPz1PuD8UkgBAQHfiPw==",
      """
      6KIBQFprFEBbCwpA6xMYQGhl8T+l5cw/BHkgQKg16z9nMg9AWGj9P4N1DEBqhApANVMuQIeUCUDcnANAwnDdPw==
      """,
      """
      jD3VPxZRyz9c80C9ozjlPz1PuD+1r58/zMiiP/Wi3j4UkgBAYIGnP2MpVj8u1mc/+d7eP0B34j+LFiM/ON69Pw==
      """,
      """
      AAAAAAAAAEEAACBBAACIQQAA8EEAAARCAAAkQgAALEIAAGBCAABoQgAAdEIAAHhCAACiQgAAmkIAALRCAACuQg==
      """,
      """
      5wS6vnx1Uz+8bDC/Rg2Kv/emWT6KskS+jfqnv7/WA79Gwpc/NrI6P1VPoj79Cc4/bMruvl0Hjj8jXb++9eRUPtDTgb8W
      Ucs/73XFvzB0eD9/wK6+ta+fP8zIoj/1ot4+iTS/Pq8fMr+jOOU/K70EPzFh9L4QQTk/4KqZPumRl7/iklA//midP2Mp
      Vj+oT2S9u93YvtTeYz4woWK/nmZSP8/+qL4DCwc/LtZnPyicRz9Ad+I/Op25PTjevT93jQE/FJIAQGCBpz+f91o+Q1+u
      Pvne3j8/RwQ/6igLv3qaZr8r91Q/LkKYvzPakr+G6/i+xsUnP4DzgD6nCa0+pGDIPg==
      """,
    ],
    inputShapes: [[2, 2, 5, 5]],
    outputShapes: [[2, 2, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2], [2, 2, 2, 2], [2, 8, 2, 2]]),
  OperatorFixture(
    name: "contraction",
    model: """
      CAg6gwEKMAoBeAoBdxIBeSIGRWluc3VtKhsKCGVxdWF0aW9uIgxuaWosbmprLT5ua2mgAQM6ABIBZ1oYCgF4EhMKEQgB
      Eg0KAxIBTgoCCAMKAggEWhgKAXcSEwoRCAESDQoDEgFOCgIIBAoCCAJiGAoBeRITChEIARINCgMSAU4KAggCCgIIA0IE
      CgAQEQ==
      """,
    inputs: [
      """
      2X3pPuYKuD5Qhqk/Qai8v/pSzL8Gwh0/4tdwP7e+AEAMmkE/+IhUP4kRYr/Sq0A/tYAsP5cmh78QdWW/VGTjvf+Vkz5e
      dzzAVvyPPR9lbD6XFDW+Rp2IPots6T5bfYG/
      """,
      """
      kRXVPlargL4dJXK/ASlWPiBrvj8R5bq/G5nTv/Oa07+NGP0/ls+AvmKoc70HXUm/MMFwvxS4AcD9fi4+BuWEPg==
      """,
    ],
    outputs: [
      "jDWIQIIUS8Cf0UHAxzztPiFqhcArres8rwcOQK7mNz9BeHe/e7ocQBJRCkA+D62/"
    ],
    inputShapes: [[2, 3, 4], [2, 4, 2]],
    outputShapes: [[2, 2, 3]]),
  OperatorFixture(
    name: "indices",
    model: """
      CAg69wMKGQoBeAoBaQoBdRIBeSIJU2NhdHRlck5EOgAKFQoBeAoBahIBeiIIR2F0aGVyTkQ6AAooCgF4CgFrEgF0Ig5H
      YXRoZXJFbGVtZW50cyoLCgRheGlzGAKgAQI6ABIBZyorCAIIAhAHQgFpSiAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAAAC
      AAAAAAAAACorCAIIBBABQgF1SiAR//y/6oWFvz1+Pr8ZA9W8//x5PvwZkD9/pq4/HsOIPyptCAIIAggDEAdCAWpKYAAA
      AAAAAAAAAQAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAADAAAAAAAA
      AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACptCAIIAwgCEAdCAWtKYAMAAAAAAAAA//////////8DAAAAAAAAAP//////
      ////AwAAAAAAAAD//////////wMAAAAAAAAA//////////8DAAAAAAAAAP//////////AwAAAAAAAAD//////////1oX
      CgF4EhIKEAgBEgwKAggCCgIIAwoCCARiFwoBeRISChAIARIMCgIIAgoCCAMKAggEYhMKAXoSDgoMCAESCAoCCAIKAggC
      YhcKAXQSEgoQCAESDAoCCAIKAggDCgIIAkIECgAQEQ==
      """,
    inputs: [
      """
      NberPyRNlb8s8w2/zmGSP2PLkz5KXpk8fE/9v6z77b+SGzs/GuOuPt2Ul74IcdO+7vDcv+kPvj7nZ4Q/qTLSP+BEST3v
      GFG+okmMv0CTnD8+eto/tvgcv1XelD5Asbk9
      """
    ],
    outputs: [
      """
      NberPyRNlb8s8w2/zmGSPxH//L/qhYW/PX4+vxkD1bySGzs/GuOuPt2Ul74IcdO+7vDcv+kPvj7nZ4Q/qTLSP+BEST3v
      GFG+okmMv0CTnD///Hk+/BmQP3+mrj8ew4g/
      """,
      "fE/9v2PLkz5Asbk97vDcvw==",
      "zmGSP85hkj+s++2/rPvtvwhx074IcdO+qTLSP6ky0j9Ak5w/QJOcP0CxuT1Asbk9",
    ],
    inputShapes: [[2, 3, 4]],
    outputShapes: [[2, 3, 4], [2, 2], [2, 3, 2]]),
  OperatorFixture(
    name: "sampling",
    model: """
      CAg6wAEKYQoBeAoBZxIBeSIKR3JpZFNhbXBsZSoTCgRtb2RlIghiaWxpbmVhcqABAyodCgxwYWRkaW5nX21vZGUiCnJl
      ZmxlY3Rpb26gAQMqFAoNYWxpZ25fY29ybmVycxgBoAECOgASAWdaHAoBeBIXChUIARIRCgMSAU4KAggCCgIIBAoCCAVa
      HAoBZxIXChUIARIRCgMSAU4KAggDCgIIAwoCCAJiHAoBeRIXChUIARIRCgMSAU4KAggCCgIIAwoCCANCBAoAEBE=
      """,
    inputs: [
      """
      WeYSvzfWH8A8ZLu+doEbPx++uL/swFa/2yVSwGdrpD8dEgA/skc6PX17ir7+JCO/LGWhvZnhnr45UX6+hn0KvaaqAD7t
      RMY/AIe5v8Aghj444x+/hdqRvxyQF8BJXRs/fol9v8h6Qr84des+7PaLvxRxgzzH1a29QLZKPwEVgD9deWC/zTxoP3id
      2r1pAuc9nNpjvmj6Qz8QcZy/DAuAPkY4lT/nW5a+LyMBQLDzPr+4lVA+Lzf8vsj1IL9EGZC/KNEMv03sfr0jJ1C/VFVf
      P2JSwT+N+sS/7yhTP2JVNj6g624++9QcQKHfmD/xC6Y+1kQxPhybCsBpu0U/86k/v0HzMz6R8sc9mdl1P8LzAUBczXs/
      +++iPxgscL4lW+k+f+1EP71FuL+kqAJAmwE3v4qGo79cKNE/gJQHQL3+M78=
      """,
      """
      4gEdv5UpR0DNo+Y9nvX9v6W9HL+3IgBAW7woP5GJQD9Mvpw/1f8sP8eZqr5oEsy/uIrkPjvajr9cWma99yXhPw9oCj9k
      rXM9RIOGPTwVOz/61Ws/W42ov0vuPT5Tmts/Th5BP0rfQ78V/C2/ivYDwOAaS78Ksc0/jGKOvQDiWr+ifBO/i87iveE0
      2r0LPLW+
      """,
    ],
    outputs: [
      """
      Ph0LwLqhBD8ha9O/UCgtv2sEyr5/nOG/5mYEP0C0erwg0So8l/5Rv2gJK78HRRE/2BmDvniSKr2famG+Lg5hPjpiM782
      d/o+0sXnP/hvGr0wkZE+eJuNvlppn728h7S9NX+MP/4yTL526XC/AFGaP6BcGT/A7Jc9209fPkilxj4FWB69XqcxP4NX
      Kz/eJuA/
      """
    ],
    inputShapes: [[2, 2, 4, 5], [2, 3, 3, 2]],
    outputShapes: [[2, 2, 3, 3]]),
  OperatorFixture(
    name: "codes",
    model: """
      CAg6mwEKJQoBeBIBcRIBcxIBeiIVRHluYW1pY1F1YW50aXplTGluZWFyOgAKIAoBcQoBcwoBehIBeSIQRGVxdWFudGl6
      ZUxpbmVhcjoAEgFnWhQKAXgSDwoNCAESCQoDEgFOCgIIBGIUCgFxEg8KDQgCEgkKAxIBTgoCCARiCwoBcxIGCgQIARIA
      YhQKAXkSDwoNCAESCQoDEgFOCgIIBEIECgAQEQ==
      """,
    inputs: [
      "YONEv0L2Ij+z7sQ/oWURv8uQCr+5PJg/9Fu7v6VlF78="
    ],
    outputs: [
      "AABsQgAAMkMAAH9DAACYQgAAnEIAAGFDAAAAAAAAlEI=",
      "OuZAPA==",
      "0+lDv0HCIj+fa8U/rKwQv3qlCr+qNZg/CN+6v92zFr8=",
    ],
    inputShapes: [[2, 4]],
    outputShapes: [[2, 4], [], [2, 4]]),
  OperatorFixture(
    name: "old softmax",
    model: """
      CAg6WgohCgF4EgF5IgpMb2dTb2Z0bWF4KgsKBGF4aXMYAaABAjoAEgFnWhgKAXgSEwoRCAESDQoDEgFOCgIIAgoCCANi
      GAoBeRITChEIARINCgMSAU4KAggCCgIIA0IECgAQCw==
      """,
    inputs: [
      "8ZXBvvDOKz7IxIy+cPhiv7D6nj7lBpi/sArfv/nOAcC1qj8/SFHev7Hk5D6Ysys/"
    ],
    outputs: [
      "jrf2vzTYsL9Eg+m/JecbwGaTnr98LC/ADGxjwK21dcAO+Ie/WA9jwDyUrr+c85G/"
    ],
    inputShapes: [[2, 2, 3]],
    outputShapes: [[2, 2, 3]]),
]
