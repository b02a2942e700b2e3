import Foundation
import Testing

/// Models, inputs and what onnxruntime 1.32.0 gives;
/// written by `scripts/operator-fixtures`.
let furtherFixtures: [OperatorFixture] = [
  OperatorFixture(
    name: "open image",
    model: """
      CAg6xAgKOgoBeBIBZCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAAkACoAEHKhAKB3N0cmlkZXNAAkACoAEHOgAKeQoB
      ZAoACgZzY2FsZXMSAXIiBlJlc2l6ZSoSCgRtb2RlIgduZWFyZXN0oAEDKhgKDG5lYXJlc3RfbW9kZSIFZmxvb3KgAQMq
      LwoeY29vcmRpbmF0ZV90cmFuc2Zvcm1hdGlvbl9tb2RlIgphc3ltbWV0cmljoAEDOgAKIAoBeAoBchIBYyIGQ29uY2F0
      KgsKBGF4aXMYAaABAjoACg8KAWMSAXMiBVNoYXBlOgAKGgoBcwoEemVybwoDdHdvEgFmIgVTbGljZToACiMKAWYKBHJl
      c3QSAXQiBkNvbmNhdCoLCgRheGlzGACgAQI6AAoUCgFjCgF0EgF2IgdSZXNoYXBlOgAKGwoBdgoEbGFzdBICeTAiClJl
      ZHVjZU1lYW46AAolCgFzCgZzZWNvbmQSAWgiBkdhdGhlcioLCgRheGlzGACgAQI6AAokCgFzCgV0aGlyZBIBdyIGR2F0
      aGVyKgsKBGF4aXMYAKABAjoAChAKAWgKAXcSAXAiA011bDoAChIKAXAKA3R3bxIBcSIDTXVsOgAKEAoBcQoBcBIBbyID
      RGl2OgAKFwoBbwoDdHdvEgRvbmVzIgVFcXVhbDoAChwKBG9uZXMSAWciBENhc3QqCQoCdG8YAaABAjoAChEKAnkwCgFn
      EgFlIgNNdWw6AAoWCgFlCgRmb3VyEgFrIgZFeHBhbmQ6AAoWCgFrCgdmYWN0b3JzEgF5IgNNdWw6AAoaCgFzCgR6ZXJv
      CgNvbmUSAW4iBVNsaWNlOgAKJAoBbgoFbWludXMSAWIiBkNvbmNhdCoLCgRheGlzGACgAQI6AAoVCgFkCgFiEgJ6MCIH
      UmVzaGFwZToACh8KAnowEgF6IgdTb2Z0bWF4KgsKBGF4aXMYAaABAjoAEgFnKh4IBBABQgZzY2FsZXNKEAAAgD8AAIA/
      AAAAQAAAAEAqFAgBEAdCBHplcm9KCAAAAAAAAAAAKhMIARAHQgNvbmVKCAEAAAAAAAAAKhMIARAHQgN0d29KCAIAAAAA
      AAAAKhQIARAHQgRyZXN0Sgj//////////yoUCAEQB0IEbGFzdEoI//////////8qFggBEAdCBnNlY29uZEoIAgAAAAAA
      AAAqFQgBEAdCBXRoaXJkSggDAAAAAAAAACokCAMQB0IEZm91ckoYAQAAAAAAAAABAAAAAAAAAAQAAAAAAAAAKhUIARAH
      QgVtaW51c0oI//////////8qHwgEEAFCB2ZhY3RvcnNKEH1gij+hAZ2+uUo9P0SIcj5aHgoBeBIZChcIARITCgMSAU4K
      AggBCgMSAUgKAxIBV2IYCgF5EhMKEQgBEg0KAxIBTgoCCAIKAggEYhUKAXoSEAoOCAESCgoDEgFOCgMSAUtCBAoAEBI=
      """,
    inputs: [
      """
      o9sfP4Y29b+v7ZY/oI/Nv9kxl7+VgTo/qwHdvk5O3T8iGgI+0VSHv4h5Az7TG9q+ydjDP6D5zT9KWjg/xFHYvib1jT1h
      g4Q/s0tQv9mFTr8TsVY/n9o5P0nSd77seI6+JQb7vx86lj8zIQG+uNe3v2BIkb8iema/DTbZP+1fLz9itKu/4vbsPyfn
      qj++1oe/sk0qwMYkdj+rTxq/Po4LvmJgBr9aMKE/HE+9P+FjTz+MQBq+XRCGPsEFHz+vjcm/ICefP50so74xsYY+qVwP
      PmyHaD9RJok/EaUNQLbosb5whGW/qUkUPsFOJL+8BmA/4HlKv8n4GT6GdXU/2GSEP5ndZz7Hkbc/BMunPy5m1r84SMU+
      ZaBUPhAkir46dhu/cMKZPQhl1j72B54+fC+zPz2Zgz9oog2/cPQ4v+FcYj+Y8ii/Ma1QPguAAz84r4g//wsOP5znvT+l
      /ta+OcU1P9svHr+rTWg+X2AoPhNOY7/BDCTAdUF/PyT3zj5OnTo+s70ovzw6lb7xa/4+WCN8PUO1mT+f/yE+4sRHvz6P
      Jj/j9Be/y9CCPmXY4r9yB6C+tc8XP3HlHb/4QbY7ahofPzv1yD2kaeg/nDtrvgA9Gr7zWQe+wWf5v7K9wL8thQ8/moOa
      vpxEtT/Rb1C9DlsSviQkhz/RZZs+YcHQP7XTg79WQO8+4hc1PwWhFT9UOpc/JMWHP4mCjz0YjgW/Sn6CP7llvj3qyoA/
      y8KzP9VZhD7N0Va/zTpBvrGWWz96pCe+kK+gPyzs+T1Io18+I2gJv7pLBbzb15c/v2aAvh78eL4i3zC/UMFdP7ASuL9s
      uhK/W8t8Pwqovz8CPBm+k1mEP2Ie9b+e5lI/MO22PotjlL/Nvtu/0BTjvn7soz5ea9s+sGouPs58VD+WWkI/qZ6pv7S+
      pr4QzOi+jJGKP06l374syIc/1GcWPkKhGUCSRrw7a8hzPcuOaL01qk4+eOceQNgv5r4vd1G/wXYUvoA/OT+H2m+/OZdY
      P3oNUD8ZVu+9Ft1Rvs/cPb8QWWq+vz5Bv0iqpD8RrNU/Bmt3vizu0jm3y+2/hoT6vnAgwT7J3p4+JZgjPiaJYT/zjAE+
      kp+0vrow0T9q8vC/1sGPv5C/NL8Z6zK/E9c+v7ZmS75lCDC/B6ANvXsRHD/xlD8932AZPiryar9dKY+/702Ovtinbz/M
      IsY+4y+MP40lgD9rqZA/dBRLv0FNnz9H8EM/K/IEQIgDGT94was+pIDwvfuyMz4y99C/qYVyvg2I1bxSHH8/pPojv70o
      Ez4v7ek/i5cDv36RWT8PoAS//YiyvTai8D5so2M/fBz0vsBEgL8MasI/7b1KPubdTD/5J2s/x6lDP6kQfL4cq/m9KYTD
      vzXtQz6Haee+el8dvGSP7j+ZmTE/4BWGPWCXqr991Ds/2VLCP2/rTL9tet0+OQP/vjLoC76QI7K+3cnJv9Jz/L6i6cq/
      ummwP1T6hD/VjmE9edSSPubBjD2bmVQ+tNJRPvj0ZL5ohRu+Qbynv88Yeb97eBW/M59dPtHptL6nZPE/Ceoxvjz7rL5e
      OeA+UySDP2us6j+gi3g/QToQv1SqG76Q/IU/b7qJPj4sTT+Gw2S9HEvLP4gFuD9zw48/vYMyPr5Mx78mSKa/kk6vPiDw
      KT+04DTAw9Lgvkp7kz/EwXU/mnDrvtVqJj/8Gmo9iAk+vkLOjz/TTpI/r4v3vvLSZL9ftp+/Q+6tvwfeqj+hsu4/+UJ2
      PtgNiD9zCCK/lgcCvZ5qbj8pobA+nEEmO2wKy7+bvbC/IJW7voWRAL8gIAu9ipAVvyU7Mr6pAsg9Z4AKP/J60T0xe/6+
      xztvvhVWaz+HBCi+9PRnv/Ivcr8sUJ8+t2YUP/P4nD+dLo++ENCvP1apnL4hVEe+y5IFv/eICj9Oa4Y/hbCjO23I6r7y
      iLy/rEIwPk/bnL7mFS2+A2cWvwJZU79eB8m+LkrrPt1jdD/N4jg8oA+sPiMfLr5sc8y9DU+nv2rDYD8maRk/cZu3PysW
      E7/QHxQ+8T1gv9sGgj5VtMq9Yz8tP5uV9r2kHSU/rcfovpogGT8BFIu+hMrNvhZd2z1GC8I+wBSsvxs9ub+Tn1I+mH0D
      vTs3+b+QTNC/A4c4v7Kzqj7jumI+4/R/P21jlD9qexRAfamvvwLbYbzwUoc//YGYvx+aq78uBV4+XzmLP8rNnj8XUtm/
      qW6Tvx7zib0HO/m+R82tPnqEID5VMt4/9foIvWDkUT7u0dA9qwKNP4lYhr/Zv84+QDw4v/MzrL+RkJY/Te0KP936sT+k
      xpA+vscqPyhwLT7SfBc/Hcm4vh3O2T9u+FG/XFbaP+smGL61ZWQ/4CQ5PiHu9j474L8/pURBPnmxXr9u0ZE+ZFcvP8P+
      FcDhtIA/gi6PP5V/1r99a8i9rTRbP48lir9RtLe+5hqPvrS3GT/uYZI/LAG8PDlG7D3xQXY/O9oVP7/5XL3D5K0/3+qq
      vznqTj72hri+II/ivl1EfD4xY7c9vOEdQGAyLz9gPss+nlrWP91Rhj98AOS/YoouPjEoSD9JvAu/8ASuPp2dzb4tEdU+
      c17Hv3Tn778/ov6+y6OHPq8zrT929W2+F7cyv2YocT93GZU9oF/oP9HTT73gN/G/L05Av1K1Z79Egqu/YYQ7v5cSJr8y
      Q4C+ZfwCvzvy3D4ZLt8+OghPPhOLYz5yyOq/n43PvwgAWL8jsI0+Fva1v2VlyL5HGYo+b0z+P/xDkD5fhAG/ehuNPzK5
      ZT57J42+qlaPPysEZL9EXVI++/+/PUFBaD845o+/GO6iv0G3wb58ZIi+MOE6PY3PvL78s9s+rUEvP8iDYj7c8YW/HhKS
      PwYVw7/U91W+j51gPxlCHr8gKaM/KgXyP2EQxz9Notg+Jwt3PzG1BL+w0cY+9t7iPsgBqz3m3BM+xE9cvu6a+r/QusY+
      bruaPiTgAUB+nTI/uwJuPaIGXD8XIhw/aV/RvMtSxr5l57u/HEDoPTXAzT84jO6/+CF0v4JHPj9/ATw+/5nRPojL7b8T
      Nxi/UTT9Pi3xEz8EVpI+b9Ziv69uBz9KMZm/kKxxvyN4lb86hrY//LvWvthuPD37sgzAMmiKP/CE5z4aOtS/pw7Ov0xL
      0j+bgXO/IHrpP4av9L7xFx/AnPKLP++d+j43DSs/OdcEvwq9Zr6SMHE/4z1Vv07U/L/VcGQ/+NohvyQDoT8vw/2+farh
      vntBiL62cRfAUU6UP+yrJL+7x1e+giu5Pxq6zD37CmE/5fajPq+3QT+GS4Y+/MORP6iEZb58neQ+Fq84v5TvlT9wZgzA
      keYwPrsgsj4seKg+miCivC28qT/QfQZAS34bv2/F9b/lsYy/wApTvx+oF75DhYq9LGGIP13s4L4uSEu94u3GPZoDZL+2
      Iam+noYvQNNP1710rnm/LSwMwH4Wgz+w16u+gL8lv/CSG0AeirU/n9fcv2kMub6H3Hs/yhxSP89EkL9OjOE/u/vqP8a2
      j7/b4eO/nO2zv6OZJj+09Yc/YG8rPkPrHL8to+O905ULP1vInb9Gwdu/MUzYva9Nmz/I6i0+bcYwPuo8Mr/C0mU/O3fd
      v+oatb1ACR6/cvY2vsbCc7/2/Tg/6h3WvQbdH7+N/vU+MBunvbjTDL/QGx+/JQk/Px/ReL/T6YK+DN+avjjCjj4T8Wm+
      W8IHQC8k5L+Cag4/RE2NvfM1iT+VrNS/B/KWPyTQtb+oFCc/gSryPv1KALxFqEa/VgFbv3YVcD34Xkq/VcT+v8Zs7L9L
      vEI/kxZJPyAb9T5K2kg87UixPiSc7D46J2E+cZFSv4ZKQ7/nHpe/x1D9PeJagr/apz2+fBGlP0Qxzb6LnHI/17DEP4dQ
      7L+RPbq/bDvoPldBOr9WeQQ/U90wPw1vB7+r9U8/BI7dP5LJcT/qoGK/3VQevgprC78R2sc/5l5LvqbFMb8y4TI9JDED
      P3+uwL4uQds9R00jO0zYPT+mV3o/5jKPPgm0674g8tM+v/BhvwPZij/lgbg+nc+DPlNCGsCBlhhA8k68P7vspD+7lhY+
      0Z8xP+ZmOECq7ie/4KNGPyNhIj8ytTQ+Dm7IPkNocL+1CDE/xq+hv9bq8D+JJVo/uPdLv2ZTAsCeXCc+VGsRP/PKbr9t
      6d4/c5itPtESyr4Doqm/rfZBvUrF/r1Y3zk/xBmQPxA73T1B9gk/X2TAP79fMj9XWje+3MMyPxSA4r7/Agg/6XsFPsNn
      gr8H2y4/PyUnPoqHTz+c0p+/nNSXP7ZJnT8=
      """
    ],
    outputs: [
      """
      FWWqPbdVwbw1F2k9MVOVPJDgiT97cJy+ups8Pw2ocT7jUD89kBJZvNPaAj27qCc8J5GXP+T4q77QVU8/Q9OEPg==
      """,
      """
      t7vVO4ZOkTyq54A8YPHTOzs6ETyr9CE7U8gmPF67jDwlN6Q8VwVEPPGxNTznVWI869MyPHrT6zxPxm87mhcRPCZpWDzS
      UD88hzEQPM4fUTwvZGM8wAkWPP7JCzzeiJo7ZmErPFC2xTvRpLo7XgnAO3x6njwfsrQ78I1UPEq8gzxZ+BQ8dxcoPCER
      DTwEEVI8ffs0PNRTgDtMhmY81QoRPC0a6zv1Vp47XZDsO01DGDzg+xQ8gmkaPdpi8DtFgOg76eSIPE5iTjsf7/g76mmW
      OxUvhDzJIik7AMa9O2SGAzw4CTM8ENvNPMeFuzu5tQs8Tk7xOyhdoDyx/Po7mItrPDVUTDuCRqY8SfqeO+pgazyvpEw8
      3GiJO0DnfTs1N307JNWfOyb/qTwoLAg8+XZ8PDQtWTyzVsg7Sz4jPDqfHjxe90M8UHSmPA5NFTzO4wI8G3djOxswsTva
      USM7DVMBPLPOLzyVr0s8iVVPOwMNdTsYU6M74voFPCIv+Dt+eVg8DvLKO6uZxDv4rpY75Gl9Oz472zxmWQk8Jf4UPPu3
      /zt2A3I7IHx0PFi0CzyQEi08Pz1sPDo5bTx9TtI7Y+tAPPuL6zvT3wM8wYDhO7E2Bzxxoic8I+r9PB3Yqjtu9GU8xR1y
      Oyi7JjzBW4Q8IA7dO6coBjsWQoU700xjO7kO6TplFp08OAkEPGOoUzvqf9U7wAVXO3viBjwSuI48vyYaPOMhfjvlOIY7
      dOyjPA4krTtMNrU7ywFXPHhfZTsbl5k7Onc0O9dTMzwigYU8k8ZePC4V3TuiV9I77ZUXPMFCCTyVEjc8PpAGPCiuhjsR
      BQs8nkYiPOUusDw7Gfo7IUInPdwmGzv16/Q8iPh6PLMVhzwiw0s7mEf5O9/TTDs0+RA8A4KxOw0+GzuRv7U7S3cFO3NP
      ljs5tbM84B4MPEeDpTvwBr0742S4O73MiDtGNg87SXccPIpQSDwRQ3M8aivCO7VSTTy+0z87pee0O8L3/jvnnTs8vsHp
      PAwkQD1kOrs7oX6NPE0NyjvS2nU8EtMEPAI+rTvyskE88tfBOxU9Ezw=
      """,
    ],
    inputShapes: [[2, 1, 100, 4]],
    outputShapes: [[2, 2, 4], [2, 100]]),
  OperatorFixture(
    name: "extremes",
    model: """
      CAg6lwQKSAoBeBIBYSIGQXJnTWluKgsKBGF4aXMYAqABAioPCghrZWVwZGltcxgAoAECKhgKEXNlbGVjdF9sYXN0X2lu
      ZGV4GAGgAQI6AAoeCgF4EgFoIgdIYXJkbWF4KgsKBGF4aXMYAaABAjoACiEKAXgKBHplcm8KBXRocmVlCgNvbmUSAW0i
      BVNsaWNlOgAKDQoBbRIBZCIDRGV0OgAKLgoBeBIBaSIGQXJnTWF4KgsKBGF4aXMYAaABAioPCghrZWVwZGltcxgAoAEC
      OgAKNQoBaQoFZGVwdGgKBnZhbHVlcxIBbyIGT25lSG90KhQKBGF4aXMY////////////AaABAjoAChAKAW8KAW8SAXQi
      A011bDoAEgFnKhQIARAHQgR6ZXJvSggAAAAAAAAAACoVCAEQB0IFdGhyZWVKCAMAAAAAAAAAKhMIARAHQgNvbmVKCAEA
      AAAAAAAAKhMQB0IFZGVwdGhKCAUAAAAAAAAAKhYIAhABQgZ2YWx1ZXNKCAAAgL8AAABAWhgKAXgSEwoRCAESDQoDEgFO
      CgIIBAoCCANiFAoBYRIPCg0IBxIJCgMSAU4KAggEYhgKAWgSEwoRCAESDQoDEgFOCgIIBAoCCANiEAoBZBILCgkIARIF
      CgMSAU5iGAoBbxITChEIARINCgMSAU4KAggDCgIIBWIYCgF0EhMKEQgBEg0KAxIBTgoCCAMKAggFQgQKABAR
      """,
    inputs: [
      """
      gF6MvtPot7y/8fo9e7xWPTlKaD8NoCS/5FqKv6c9NL6nQvs/WLynvn3GcL8TxFy/KDtiPnQ1nT+hrS+/Fq5jPv9dhT6A
      zQI/UH1BProNjD850To/YcYSv13nHUCSMqm/
      """
    ],
    outputs: [
      "AAAAAAAAAEAAAAAAAACAPwAAAEAAAAAAAAAAAAAAAEA=",
      """
      AAAAAAAAAAAAAAAAAACAPwAAgD8AAAAAAAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAAAAA
      AAAAAAAAAAAAAAAAAIA/AAAAAAAAgD8AAAAA
      """,
      "tPyzvi4+l74=",
      """
      AACAvwAAAEAAAIC/AACAvwAAgL8AAIC/AAAAQAAAgL8AAIC/AACAvwAAgL8AAIC/AAAAQAAAgL8AAIC/AACAvwAAAEAA
      AIC/AACAvwAAgL8AAIC/AACAvwAAgL8AAABAAACAvwAAgL8AAIC/AAAAQAAAgL8AAIC/
      """,
      """
      AACAPwAAgEAAAIA/AACAPwAAgD8AAIA/AACAQAAAgD8AAIA/AACAPwAAgD8AAIA/AACAQAAAgD8AAIA/AACAPwAAgEAA
      AIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIBAAACAPwAAgD8AAIA/AACAQAAAgD8AAIA/
      """,
    ],
    inputShapes: [[2, 4, 3]],
    outputShapes: [[2, 4], [2, 4, 3], [2], [2, 3, 5], [2, 3, 5]]),
  OperatorFixture(
    name: "old softmax of constants",
    model: """
      CAg6mQIKHgoBYxIBYSIHU29mdG1heCoLCgRheGlzGAGgAQI6AAohCgFjEgFiIgpMb2dTb2Z0bWF4KgsKBGF4aXMYAaAB
      AjoACh4KAWMSAWQiB0hhcmRtYXgqCwoEYXhpcxgBoAECOgAKEAoBYQoBYhIBZSIDQWRkOgAKEAoBZAoBZRIBZiIDQWRk
      OgAKEAoBeAoBZhIBeSIDQWRkOgASAWcqPwgBCAIIAggDEAFCAWNKMEJ9o7//qYk/i3BnPjb0Vb7hPXU+z3c5P3Blxb4t
      LBm/Y5uBv4OaU78tF0S/i+SWP1ocCgF4EhcKFQgBEhEKAxIBTgoCCAIKAggCCgIIA2IcCgF5EhcKFQgBEhEKAxIBTgoC
      CAIKAggCCgIIA0IECgAQCw==
      """,
    inputs: [
      """
      24qfPkFeEz9yNQi/Kh2KPzXzw7928gA/yTM5P34dDb98vX+/v/ELP+4xL79fyl6/GUsEO3BAjL+8aOm9dCQDQCdx1L5w
      B24/6v6Dvwq41z34dX++tCEVvsc7Rz+P3gpA
      """
    ],
    outputs: [
      """
      gBBnwOUMT78KgTjABmjevwh9d8A9Z6W//NgRwHCgccDvz5TAP3g6wJKggsCuh5C/yOB6wAK7HsDzvh3AkHhEv5MRMMCA
      uV2/shKBwFGbR8Dep3nAysZmwLalJ8CgmvQ/
      """
    ],
    inputShapes: [[2, 2, 2, 3]],
    outputShapes: [[2, 2, 2, 3]]),
  OperatorFixture(
    name: "old groups",
    model: """
      CAg6ogEKPAoBeAoEZ2FpbgoFc2hpZnQSAXkiEkdyb3VwTm9ybWFsaXphdGlvbioRCgpudW1fZ3JvdXBzGAKgAQI6ABIB
      ZyoUCAIQAUIEZ2FpbkoIeLbZvQiQqT8qFQgCEAFCBXNoaWZ0Sggcp70+ralBP1oYCgF4EhMKEQgBEg0KAxIBTgoCCAQK
      AggDYhgKAXkSEwoRCAESDQoDEgFOCgIIBAoCCANCBAoAEBI=
      """,
    inputs: [
      """
      m7vlvg7uL79W7Tm++e9Av3V7FTwFzoS/BJy9PDFORz5Kveo/x/neP9M/Bz8ep/e+vHUgPx76VT+r6zS+rlFUvzG54r8M
      ppu834j4P/opP74hts8+bnfFPhlQAT8FZ0s/
      """
    ],
    outputs: [
      """
      OjOzPsnr1z6XE4o+DCbiPo1wWT7d7AY/5MU/vtAKmj0BZyVAK2YcQLYCFj89jXa/LSuJPjx+eD6F1bo+zy3jPlazDj9d
      FrE+mepZQG3Jbb8w/40+oEVyPlir9T4y2Yg/
      """
    ],
    inputShapes: [[2, 4, 3]],
    outputShapes: [[2, 4, 3]]),
  OperatorFixture(
    name: "groups",
    model: """
      CAg6sgEKPAoBeAoEZ2FpbgoFc2hpZnQSAXkiEkdyb3VwTm9ybWFsaXphdGlvbioRCgpudW1fZ3JvdXBzGAKgAQI6ABIB
      ZyocCAQQAUIEZ2FpbkoQ7+j9v2/ZA75xNMw+v1GJvSodCAQQAUIFc2hpZnRKEAGOnj/8NLK+RmtyP51h5T9aGAoBeBIT
      ChEIARINCgMSAU4KAggECgIIA2IYCgF5EhMKEQgBEg0KAxIBTgoCCAQKAggDQgQKABAV
      """,
    inputs: [
      """
      dtFmvm2VbD2YTYa+OSZMP13pBsAjG7e/BimFvpFQaD+qtiA/tyZIv4mH0j+jeBo+UMYVv8eHEj8Zeqw/cGbJvEftvL9A
      AAK/5lcNPjt3fD+TRHW/VxqePp/Zkb9Eh/w9
      """
    ],
    outputs: [
      """
      9GcdP2A5Az2w2TA/EnQGv15UDL5EA2m+NJMfPz8rmz9wHIk/GALyP3Sr1z984uc/DA8SQNBti76t0f2/V6O4vuhcHL7D
      MZW+OP6IP/qlwz+Iw/Q+F77gP3uU8T8p5uI/
      """
    ],
    inputShapes: [[2, 4, 3]],
    outputShapes: [[2, 4, 3]]),
  OperatorFixture(
    name: "gates",
    model: """
      CAg6xAIKDgoBeBIBYSIER2VsdToACiYKAXgSAWIiBEdlbHUqFgoLYXBwcm94aW1hdGUiBHRhbmigAQM6AAoOCgF4EgFj
      IgRNaXNoOgAKEAoBYQoBYhIBZCIDQWRkOgAKEAoBYwoBZBIBeSIDQWRkOgAKFwoBeAoEemVybxIBcCIHR3JlYXRlcjoA
      ChQKAWEKBGhhbGYSAXEiBExlc3M6AAoQCgFwCgFxEgFyIgNYb3I6AAoNCgFxEgFzIgNOb3Q6AAoPCgFyCgFzEgF0IgJP
      cjoAChAKAXQKAXASAWwiA0FuZDoAEgFnKg4QAUIEemVyb0oEAAAAACoOEAFCBGhhbGZKBAAAAD9aFAoBeBIPCg0IARIJ
      CgMSAU4KAggEYhQKAXkSDwoNCAESCQoDEgFOCgIIBGIUCgFsEg8KDQgJEgkKAxIBTgoCCARCBAoAEBQ=
      """,
    inputs: [
      "HLekv2VC1b6dIL2/E9Vuv5y9xb/wN/a/dRCjP1BHnT8="
    ],
    outputs: [
      "/xsQv84C9L5NgQG/WkYgv7D7975cB7u+7p5cQO7/UkA=",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAgD8=",
    ],
    inputShapes: [[2, 4]],
    outputShapes: [[2, 4], [2, 4]]),
  OperatorFixture(
    name: "unpooled",
    model: """
      CAg62gIKGgoBeAoHY29sdW1ucxIBZiIHUmVzaGFwZToACjAKAWYKBWltYWdlCgVibG9jaxIBYyIGQ29sMkltKhAKB3N0
      cmlkZXNAAUACoAEHOgAKNAoBeBIBcSIZTWVhblZhcmlhbmNlTm9ybWFsaXphdGlvbioPCgRheGVzQAFAAkADoAEHOgAK
      EAoBcQoBeBIBeSIDQWRkOgASAWcqJwgDEAdCB2NvbHVtbnNKGAAAAAAAAAAACAAAAAAAAAACAAAAAAAAACodCAIQB0IF
      aW1hZ2VKEAQAAAAAAAAABAAAAAAAAAAqHQgCEAdCBWJsb2NrShAEAAAAAAAAAAIAAAAAAAAAWhwKAXgSFwoVCAESEQoD
      EgFOCgIIAQoCCAQKAggEYhwKAXkSFwoVCAESEQoDEgFOCgIIAQoCCAQKAggEYhwKAWMSFwoVCAESEQoDEgFOCgIIAQoC
      CAQKAggEQgQKABAS
      """,
    inputs: [
      """
      9LEHP94snb4428I/u05rvoTF9T6Jfpg//tqOPtC2xD8yZbG9EDrCvcNbRD6iR4y/euCBv1jsVj9LUtW/e/iYP8SZrT61
      P6A/GdBUP88DKz+kFOg/J+fYuynfCr38jZk/PCoXv9Zrmj/x2UI/Oi3dvvxNmr8SXvq/BRn5P+Rytr8=
      """
    ],
    outputs: [
      """
      jOxiP0TaXb+/uj1AoHc0v94YSD+hXhFAr6e4PsWsP0Aaac++IznYvm8tNj4uNiHAblEWwC5txD+qsm3AVN4RQHXeyz4h
      IghAbkuqP862gj+AJ0xA11SDvvPJnb5SywFAp1+uv2edAkA2SZk/HPOHv467IcD+snzAxERcQDpiPMA=
      """,
      """
      9LEHPzjbwj/eLJ2+u05rvoTF9T7+2o4+iX6YP9C2xD8yZbG9w1tEPhA6wr2iR4y/euCBv0tS1b9Y7FY/e/iYP8SZrT4Z
      0FQ/tT+gP88DKz+kFOg/Kd8KvSfn2Lv8jZk/PCoXv/HZQj/Wa5o/Oi3dvvxNmr8FGfk/El76v+Rytr8=
      """,
    ],
    inputShapes: [[2, 1, 4, 4]],
    outputShapes: [[2, 1, 4, 4], [2, 1, 4, 4]]),
  OperatorFixture(
    name: "sequences",
    model: """
      CAg6nwEKRwoBeAoHbGVuZ3RocxIBeSIPUmV2ZXJzZVNlcXVlbmNlKhAKCXRpbWVfYXhpcxgAoAECKhEKCmJhdGNoX2F4
      aXMYAaABAjoAEgFnKh8IAhAHQgdsZW5ndGhzShACAAAAAAAAAAMAAAAAAAAAWhcKAXgSEgoQCAESDAoCCAMKAggCCgII
      AmIXCgF5EhIKEAgBEgwKAggDCgIIAgoCCAJCBAoAEBE=
      """,
    inputs: [
      "uRaSv3+0bj9z9Qk/Zo2MPvKaFT6/Pbu+rlxdv6NqL78hJSc/QBWRPwqQnj944Gs8"
    ],
    outputs: [
      "8poVPr89u74KkJ4/eOBrPLkWkr9/tG4/rlxdv6NqL78hJSc/QBWRP3P1CT9mjYw+"
    ],
    inputShapes: [[3, 2, 2]],
    outputShapes: [[3, 2, 2]]),
  OperatorFixture(
    name: "affine",
    model: """
      CAg6mgEKMAoBeAoEc2l6ZRIBeSIKQWZmaW5lR3JpZCoUCg1hbGlnbl9jb3JuZXJzGACgAQI6ABIBZyosCAQQB0IEc2l6
      ZUogAgAAAAAAAAABAAAAAAAAAAMAAAAAAAAABAAAAAAAAABaGAoBeBITChEIARINCgMSAU4KAggCCgIIA2IbCgF5EhYK
      FAgBEhAKAggCCgIIAwoCCAQKAggCQgQKABAU
      """,
    inputs: [
      "pc0MwJpDDz/mgcu9FgYpwGgFuD/FXos+F95buyxhfz41oTE+7bCVPvAALz6pPKM9"
    ],
    outputs: [
      """
      JruWP42ypT8C2J49cOLUvCXggr+gWay/5dYHwNqvKsBafMY/aTAQQM665j54tW4/4z0mv2mtxr6W7N+/cLHav4499j+M
      h01Azt9SPwEJ8j/4do2+1gUSP2IrsL9WBkC/cEAfPC7Lgb6wxAM82crbveCR0DsCLh89YJqZO258PT7PNDQ+EOsOvhN9
      Mj7Qu9g7V8UwPsx2HD6bDS8+3BOZPsw6rz4k/tG87l6uPlPi9j0Qg60+C5GIPjKnrD6CadM+
      """
    ],
    inputShapes: [[2, 2, 3]],
    outputShapes: [[2, 3, 4, 2]]),
  OperatorFixture(
    name: "root mean square",
    model: """
      CAg6jQEKNgoBeAoEZ2FpbhIBeSIQUk1TTm9ybWFsaXphdGlvbioUCgRheGlzGP///////////wGgAQI6ABIBZyocCAQQ
      AUIEZ2FpbkoQa2whP0mC0D5kwR5AuA5RPloYCgF4EhMKEQgBEg0KAxIBTgoCCAMKAggEYhgKAXkSEwoRCAESDQoDEgFO
      CgIIAwoCCARCBAoAEBc=
      """,
    inputs: [
      """
      h/zkvh1QCL9vYuk+I9JHPh/opD5/0f+9b+3WvdpiVT+Y+7g/4Y7ZPljp5rwm04q/pfWKv0jA9j1NkDO+NabxvCELhr/I
      E4C91VXyv4Xlkb9VAD6/O6kjPzj1EL/8YWe/
      """
    ],
    outputs: [
      """
      Mg8pv43+Ab9fdSlATA+/PXHw5D5eX+W9urkSv4nUvz7UVHs/0uc+PiVGmr29RnS+61mevw2atT1UPUm/mlAyvAs1Cr8o
      k6q8pbt1wGbRQr5OdiW/rRi4PqhM+L+7eoK+
      """
    ],
    inputShapes: [[2, 3, 4]],
    outputShapes: [[2, 3, 4]]),
  OperatorFixture(
    name: "scatter",
    model: """
      CAg62QIKGQoBeBIBeSIPVGhyZXNob2xkZWRSZWx1OgAKQQoBeAoBaQoBdRIBYSIPU2NhdHRlckVsZW1lbnRzKgsKBGF4
      aXMYAaABAioTCglyZWR1Y3Rpb24iA2FkZKABAzoACg0KAWESAWUiA0VyZjoACjgKAWUKBGF4aXMSAWMiBkN1bVN1bSoQ
      CglleGNsdXNpdmUYAaABAioOCgdyZXZlcnNlGAGgAQI6AAoNCgFjEgF6IgNOZWc6ABIBZyorCAIIAhAHQgFpSiAAAAAA
      AAAAAP//////////AgAAAAAAAAACAAAAAAAAACobCAIIAhABQgF1ShAw1J4+RUaBvYo0dT8kRbU+KhIQB0IEYXhpc0oI
      AQAAAAAAAABaFAoBeBIPCg0IARIJCgMSAU4KAggEYhQKAXkSDwoNCAESCQoDEgFOCgIIBGIUCgF6Eg8KDQgBEgkKAxIB
      TgoCCARCBAoAEBI=
      """,
    inputs: [
      "ppN2PnJPKr6SCS8/30o3v8X+wb9POWs/mhruvrQnZD0="
    ],
    outputs: [
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "pvV+PqgVgT0Qvjo/AAAAgGin0b8561S/+JaAvQAAAIA=",
    ],
    inputShapes: [[2, 4]],
    outputShapes: [[2, 4], [2, 4]]),
  OperatorFixture(
    name: "functions of angles",
    model: """
      CAg6kQIKDQoBeBIBYSIDU2luOgAKDgoBYRIBYiIEQXNpbjoACg0KAXgSAWMiA0NvczoACg4KAWMSAWQiBEFjb3M6AAoN
      CgFhEgFlIgNUYW46AAoOCgFlEgFmIgRBdGFuOgAKDgoBYRIBaCIEU2luaDoACg8KAWgSAWkiBUFzaW5oOgAKDgoBYRIB
      aiIEQ29zaDoACg8KAWoSAWsiBUFjb3NoOgAKEgoBeBIBbCIIU29mdHNpZ246AAoPCgFsEgFtIgVBdGFuaDoAChwKAWIK
      AWQKAWYKAWkKAWsKAW0SAXkiA1N1bToAEgFnWhQKAXgSDwoNCAESCQoDEgFOCgIIBmIUCgF5Eg8KDQgBEgkKAxIBTgoC
      CAZCBAoAEBE=
      """,
    inputs: [
      "ogUiP7JQgz+nzTnAyf+Fv4TrnT9pTtq/4djzPuizub6wYGS/cUgGvkQn2b+U0c8+"
    ],
    outputs: [
      "6r9cQFKbpUAkHrw/Shy3vxx0vUCdVbu/B2YqQNalIL/wKqW/aCZ9vjGHvb9NyBJA"
    ],
    inputShapes: [[2, 6]],
    outputShapes: [[2, 6]]),
  OperatorFixture(
    name: "integers",
    model: """
      CAg61wIKFAoBeAoFdGhyZWUSAW0iA01vZDoAChAKAW0KAXgSAXMiA011bDoAChAKAXMKAXgSAXkiA01heDoACjEKAXgS
      AWEiCVJlZHVjZU1heCoLCgRheGVzQAGgAQcqDwoIa2VlcGRpbXMYAKABAjoACjIKAXgSAWIiClJlZHVjZVByb2QqCwoE
      YXhlc0ABoAEHKg8KCGtlZXBkaW1zGACgAQI6AAopCgF4CgNvbmUSAWMiCVJlZHVjZVN1bSoPCghrZWVwZGltcxgAoAEC
      OgASAWcqDxAGQgV0aHJlZUoEAwAAACoTCAEQB0IDb25lSggBAAAAAAAAAFoUCgF4Eg8KDQgGEgkKAxIBTgoCCARiFAoB
      eRIPCg0IBhIJCgMSAU4KAggEYhAKAWESCwoJCAYSBQoDEgFOYhAKAWISCwoJCAYSBQoDEgFOYhAKAWMSCwoJCAYSBQoD
      EgFOQgQKABAN
      """,
    inputs: [
      "AACgQAAAAMAAAMDAAACAPwAAAAAAAMDAAAAAQAAAwEA="
    ],
    outputs: [
      "AAAgQQAAAMAAAAAAAACAPwAAAAAAAAAAAACAQAAAwEA=",
      "AACgQAAAwEA=",
      "AABwQgAAAAA=",
      "AAAAwAAAAEA=",
    ],
    inputShapes: [[2, 4]],
    outputShapes: [[2, 4], [2], [2], [2]]),
]
