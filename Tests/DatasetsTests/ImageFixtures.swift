import Foundation

/// Images, and their pixels `[height, width, 3]` as Pillow 13.0.0 reads them, made by
/// `scripts/image-fixtures`.
enum ImageFixtures {
  /// PNG of 23 × 11, RGB noise.
  static let noise = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABcAAAALCAIAAAAbXIEXAAADDUlEQVR4nAECA/38Af6C7nMPNVT4vEsDpXcNXNBWU98D\
    mfqJkjW4A0PtpDc/aMLOBkIEVhmiLMVctI/N+JpgrYPgMDNwS97J+KsHtyv9aMYzlgAVD65+4rFzGB57HxVGFZ5/ID4N\
    FJzM4t0jptnnAqXY2f5GAlz1s/jNgpD6aCv8lWV4ttNkQH7E3pUDyXzpUCcMM08MtcgA40NgvRo1jLhfjEPLkNkAWH+/\
    3/q3bmApHIsOvaGgbjb/xDfmTR+rcz/HqryzLyHXJpMu80x/PWpk281mbMImBFor7RQ0Aqdr9Yny9fKkvCHqAugWXmZe\
    Ol1RgENPlwcI7fFRiftXcdkFg9FBGchXT/IKoPSn3CuUgpUhi1ybB/Rr5GQW9AyJQ6UUDgDCPEJ0CP8arEgZDIpv9kqR\
    Ifpx+Ogf1Dqx1KZGb6F9wkH4EOUa2d9pPpCiXE9CnciM6+FPFuzzeSwrnOGQS+liF2XEEMwAVq2ELRzd3Q01oNQhlOjT\
    GDnQxSUIDOUgCjxPlUBMD7Q0hrYKXSI9GN3ps6J3cMZv3kx7SGjVb9vcS4sCNFwB8J+14/yEAvkEOI9AJ7WniCyIQ+v3\
    GWMGKYWYY3G/zIfq44wNFfprTLoN5T/OJVCG7hLXuQa5XqLLRCFgWSK9Wvurup9dgcgHvoIF+gTkWMhcYh9q+2aRQM0t\
    V0IKCVCcpXNpdvnTfEd5/2wA5Rf9yXAL9tog7FUQOGsxsiVtoevkbSf+QfhupWB07HNE5GLrzhgBhiAepyE1lqchG1ax\
    0P5SFoNCpC3Y9LP36b6YOVjc7ylj2Mm4I9xqOVTIlA0q5OPy7rucQSrhdNqf/aKO4zbHls5Y/EMPAFekksFtNaFxsklQ\
    UOVwMUHJCcgQMecL4GDY02I0DSFWb2n+0dtXa13MwNUlab42NeIrD3n0hJJXaG25bqH2YRba5M4DTQTrq5OD/LrxeqLj\
    Sur5bk92M5gZRwyS8KzH3ho/r3ov9D/1E+TOFu79NhQeBJIfErr8QirWuB0xi9J1eQ7lilkedbFp+MbCLHt6pLy4swAA\
    AABJRU5ErkJggg==
    """)

  /// The noise resized to 8 × 3.
  static let shrunk = bytes(
    """
    hl9wcnl8bJKNlGuVnGqliYCLioB4XHVodFxxgYqOZpCGZn54cImEeoSWiX52kH9+bW1klnhwhoOWZI6OiYGBj3SEkI19\
    aYx/
    """)

  /// The noise resized to 31 × 14.
  static let grown = bytes(
    """
    /oLuqItyj45ms4nWLYyTVZS5eLWoVe89PPGuM7GQP2ZfZzJemSQaxEE7z1JvoS1z0jCz73/e767kwzSrccCjlrR80lZX\
    dT57kIixkpXGcHa1MXt/RXq7Po23Gqx2YDTDcI6cgZZ2iD1YYUE+WkGAYkuMbWJCK1yWYJOxfa+0PX2wsCaA1mKiu4i0\
    YxBjy2rH5pLO34yb6FhWz5pts6mOkoigakWAnqCZfcCeP6GFn2ZJU1FoHHKQELKudSeKjGF/kXljf15Agjhic1VeamVh\
    bU99bnWgipSYe6KFJZd8q12avG7SnXDlgBucnVjGpWjArm2b045srW2Me3+RYpOFoUx/kIh/ebd5c79mqIwuQ1w2MlNZ\
    dGqDzV5dsTJDmEg8iphakk64jptjgsdTdprKqcOimJ1vY3tNI49Ll6x1kn+wgUfWujjHYTK3UkGndG2bpLubUGzALl+V\
    UnFTzldhf1Jli3Zjy61WjcUpNJczV1Y61hk4jKpUYkk/Wikqf1otoDSujJ6MjueQtc7sVmtieoaChqnNLJjxjdpbib1P\
    d3luoDptQFqvLXtzUp4nmcBRR8WYOoGzXTqTgmYdlilNrx5eylRIzcUmVdhSRZZflCdHuFBFiSSgVT2jLZBIMimIV5Zs\
    fruFlkz3cbzSTtKIVMxulsa0Z5aVaaBplo9s6BjPT5fYPIqsb1Vwn25RWpWiW7TNeqnUXDDFtlBlonRzVYTFk2jEbUqI\
    eyyEuxSzgIFqXj65YiisjVE+cXxIesJ6cbCzTTTYkmp5VbBDI8E/TXdxbVtuV4hSWqhDs3VgYG12PoOgUpmwqYdrdKiF\
    iaKZp32uUkzahpGueaZ9QohaVVxclmKBxH6a15+gU6+aXmSPhT59vldmtJdDm8qZc67eRD7VhFpRYptTOp9jQDREXkFR\
    OWBTJYtXa7tkc4VSWI+UVafDtpNgh6ODk3aVpkiVW4iTb7CYZ5x6UG1Ibn42tZZ2yp6RspmCSpOyfnNLmXxAk6uesnOD\
    mJuqgZfTfEbdTZiTZ627iYy5jD1BSlVrLT6ILkmnULnYitp7h6WJgmeexX5GlHmpd1jNcUupgaY+mZo4inhkdmSbubGH\
    vK2GlnOMYSaVNA+GJkdJQoMkf607Zp3MeGSEjD1Si0GMMF7JbaPgpcXFh555kp7JlWbslEnVlI5xoq9Kl4c4mGBI0piR\
    s2XWZnvoQpvC5EJd82RP9Z4649M0g8iEoKzDj63pUcj3cRo4RDhBWX5QtM1fvGtZr0Zgq1t8sqKrZ8GmZLqiaZuBV3E8\
    eqHLfrK9ca5vWqAscJRfiaNajbxPX9F7RrSFJp1kH49TbY62r4aMy29LwVsvmHWzalqBSGFiN4dtbWdcdl5Mj3RgrZ+N\
    lFdLslFJsntUgL9bloVdoWGPjmenVJ6AaXp9WYNySqZsWNZ7kod3kp1/gL6CioBveXpVdmgteGwpZMqkkI6HnHFfkn9Q\
    naqPT5eTSGlzhDVGUIlvfXFtkHF/d4SaREhXnF1Ku5VJbs5JvEpgySKaoVHFTsrAX4JVSXdhPoybZbLIsWN/lWiUenK8\
    2h6a1C5v2jtZz19jc9Oki6GUeY2NVqCHgrlZRMigUJ+TnVM6Qk8lQ02XP3a+MrN6HSxFi09j0aaYuvHK2XfTqE6tYWeU\
    KbelWNmOW92oVKTCXhG1liFxgxWVfQPd7gb69CnJ8k/I0XnlWaj6jdHdZqnUE1fBS0VFP45zNdJjN/sT
    """)

  /// The noise resized to 7 × 20.
  static let mixed = bytes(
    """
    mIuXWLeYaWtdxkqHtoapinuYRoeohnuLW4iIcXF+v1SUwYeaiIaTSIGUaF94YDlugHy1smWq04iChpiLSnhyg1lqc1xw\
    fYScn1q7qXmPhY56XXZUrlpeiqB7dYxqi0bLbWanhn1mdHc4kVdTjaGIc5mDemGbX4CMi2Nde4ZAc1NPip6UcKabbXpz\
    V5Z3jk9dgIxRaU10b5aXbbKVfXiUY4uRiGeQgVyIZUyLYo6UY62Bf3mYb4eff3urh02hcleFc4mDTIJUZYRgepSScoiW\
    l4Z4gmp+fYqNSWpQVYpcg5CMcIqFnpZrk4N3gpGzWmR2UIuNi32NeIJ2m318e39qfoKsbnaaa4eVlHmRloJwm4+STm1a\
    dWiRhJK+lYCKnHyWv4VunLWsZmdRj3iGd52kgpd1cZx8noNygoWHh2NLrI19ZqKBZrFgRL1edYB1Zk1cjW5eoHpceXyD\
    baF5hYVgiItob392h3Rwl25MhWaJco2PuVNvk5NsbqWGWmp6m316dombb22dwjush5KsTqB2QGSBnoaVbZ2mblqlxyzQ\
    gJLRO51t
    """)

  /// The noise resized to 10 × 5.
  static let short = bytes(
    """
    j3GFb2JzYYaDan2IrFeZvmO1tYeNjnuIc5WAQnJ4hk9Yemx3gqGZbaOJin6Ta2SeboyNemJ8ln5jbmpZcVmGhoZ3bIGj\
    V4plWXtlZ4uHhY+Qf3yecoNxqH6IYWZSlX11f36bd5GabIGbiJ5of4mIhIB8r4tldoeabW9ygWdhqot5fHiYVpmJimuP\
    rlOJkZCRb42GV5Ru
    """)

  /// JPEG of 13 × 9, RGB.
  static let colour = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL\
    EBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
    FBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAJAA0DAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI\
    CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRol\
    JicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip\
    qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAA\
    AAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLR\
    ChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaX\
    mJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEA\
    PwDyzwt+zx9z/Rv/AB2v3DiXxK+L3z4XhDjD4fePWNG/Z4/0Uf6N/wCO1/MGb+JX7/8AiH9kZHxh/s3xHrXhXqlfNcS/\
    aP8ALjhD7J6xo/8Ax6iv5hzb+Of2Pkf+7H//2Q==
    """)

  /// Its pixels.
  static let colourPixels = bytes(
    """
    AQL9DwLyJgLoOALeSgHWXgHMcgLAggK3mQGuqAGnvQGd0gGQ3wGIAxr0ExvsJxvfOxvWTRrOXxrDdhu4hBqunBqiqhqd\
    wBuR1RuG4xt+AjjjETjbJzjOOjnFTDi9XjiyczimgzidmjiPqDmIvzl+0zpz4DhpAFPTD1TLJVS+OFS1SlStXFOiclOW\
    gVSNmFOAqFN6vVVw01Rl31RbAnDJEXDAKHG1PHCqTHCiYG+YdXGMhnGEnW95qm9zv3Fn1XBc43BVAoy6EIywJ42kOoya\
    S4ySX4yJdYx8hIx0m4tqqItjv4tZ04xO4otGAKmoD6mfJKqSOKqJSaqBXKh3c6lrgalimqlYpqlQvalG0qo74KkyA8Kg\
    EsOXKMOKPMOBTcN5YMJvdcJkhcJanMJLqsJGwMQ71MMv48InAeCPEeCGJuF6Od9vSt9nXt9edeBShOFKmuE9qOA3vuEt\
    1OEi3+AY
    """)

  /// The same with EXIF orientation 6.
  static let turned = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAMCAgMCAgMD\
    AwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkF\
    BQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAJAA0DAREA\
    AhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIh\
    MUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZn\
    aGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl\
    5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3\
    AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RV\
    VldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU\
    1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDyzwt+zx9z/Rv/AB2v3DiXxK+L3z4XhDjD4fePWNG/\
    Z4/0Uf6N/wCO1/MGb+JX7/8AiH9kZHxh/s3xHrXhXqlfNcS/aP8ALjhD7J6xo/8Ax6iv5hzb+Of2Pkf+7H//2Q==
    """)

  /// JPEG, grey.
  static let grey = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL\
    EBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAJAA0BAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QA\
    tRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0\
    NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2\
    t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APLPC37PH3P9G/8AHa9Y0b9n\
    j/RR/o3/AI7XrXhXqlesaP8A8eor/9k=
    """)

  /// Its pixels.
  static let greyPixels = bytes(
    """
    Hh4eISEhJycnKysrLy8vNDQ0OTk5PT09QkJCRkZGS0tLUFBQU1NTLCwsMDAwNTU1Ojo6Pj4+QkJCSEhIS0tLUFBQVFRU\
    WlpaX19fYmJiOzs7Pz8/RERESUlJTU1NUVFRVlZWWlpaX19fY2NjaWlpbm5ucHBwSUlJTU1NUlJSV1dXW1tbX19fZGRk\
    aGhobW1tcXFxd3d3fHx8fn5+WVlZXV1dY2NjZ2dna2trb29vdXV1eXl5fn5+gYGBh4eHjIyMj4+PaGhoa2trcXFxdXV1\
    eXl5fn5+g4ODh4eHjIyMj4+PlZWVmpqanZ2ddnZ2enp6f39/hISEiIiIjIyMkpKSlZWVm5ubnp6epKSkqamprKyshYWF\
    iYmJjo6Ok5OTl5eXm5uboKCgpKSkqampra2ts7Ozt7e3urq6lJSUmJiYnZ2doaGhpaWlqqqqsLCwtLS0ubm5vLy8wsLC\
    x8fHycnJ
    """)

  /// JPEG, CMYK.
  static let inks = bytes(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAW\
    EBETFBUVFQwPFxgWFBgSFBUU/8AAFAgACQANBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYH\
    CAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBka\
    JSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeo\
    qaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD5b/ZS\
    /wCXP8K8v/4YA/6hv/jle5/Fv9oD/Xf6T6/xV+qdfrf8F/8AkVV/4D/Kj/hgD/qG/wDjlfHvjf8AaA/4mx/0n1/ior8k\
    P2Uv+XP8K/VCtr4t/wDLb8aK/W/4L/8AIqr/AMB/lRXx743/AOQsfxor/9k=
    """)

  /// Its pixels.
  static let inksPixels = bytes(
    """
    AAD/EgD1JgDsOQDiTADXXwDNcwDEhQC5lwCvrAClvACb0gCR4wCIABzxEhznJhzdORzUTBzIXxy/cxy1hRyrlxyhrByX\
    vByN0hyD4xx5ADnjEjnZJjnPOTnGTDm6XzmxczmnhTmdlzmTrDmJvDl/0jl14zlrAFTWElTMJlTCOVS4TFStX1Skc1Sa\
    hVSQl1SGrFR8vFRy0lRo41ReAHHGEnG8JnGzOXGpTHGeX3GUc3GLhXGAl3F2rHFsvHFi0nFY43FPAIu5EouvJoulOYuc\
    TIuRX4uHc4t+hYtzl4tprItfvItV0otL44tCAKmrEqmhJqmXOamOTKmCX6l5c6lvhalll6lbrKlRvKlH0qk946k0AMSd\
    EsSTJsSJOcR/TMR0X8Rrc8RhhcRXl8RNrMRDvMQ50sQv48QlAOCPEuCFJuB7OeByTOBmX+Bdc+BTheBJl+A/rOA1vOAr\
    0uAh4+AY
    """)

  /// Of the PNG files below.
  static let plainPixels = bytes(
    """
    AAD/EwD1JgDrOQDhTADXXwDNcgDDhQC5mACvqwClvgCb0QCR5ACHABzxExznJhzdORzTTBzJXxy/chy1hRyrmByhqxyX\
    vhyN0RyD5Bx5ADjjEzjZJjjPOTjFTDi7XzixcjinhTidmDiTqziJvjh/0Th15DhrAFTVE1TLJlTBOVS3TFStX1SjclSZ\
    hVSPmFSFq1R7vlRx0VRn5FRdAHDHE3C9JnCzOXCpTHCfX3CVcnCLhXCBmHB3q3BtvnBj0XBZ5HBPAIy5E4yvJoylOYyb\
    TIyRX4yHcox9hYxzmIxpq4xfvoxV0YxL5IxBAKirE6ihJqiXOaiNTKiDX6h5cqhvhahlmKhbq6hRvqhH0ag95KgzAMSd\
    E8STJsSJOcR/TMR1X8RrcsRhhcRXmMRNq8RDvsQ50cQv5MQlAOCPE+CFJuB7OeBxTOBnX+BdcuBTheBJmOA/q+A1vuAr\
    0eAh5OAX
    """)

  /// PNG with an alpha channel.
  static let transparent = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJCAYAAADpeqZqAAAAIklEQVR4nGNkYPjPIMzwTYQUzMIg84mBgeEbSXhUE901\
    AQCkJHMtY3okWAAAAABJRU5ErkJggg==
    """)

  /// PNG of 16 bits per channel.
  static let deep = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJEAIAAAA2iO1+AAACX0lEQVR4nA3MwUfvMQAA8P0PO3TZpUO7dOiQ2A550uF5\
    WpK3JMkkyZOntSRJ8mSSliRp+UmStGeePE+StKQlSTJJOsSeNzp06tC59/38AR8AKh8fEALw/o4xAK+vlALw9y9jADw+\
    CgHA7a1SAFxcaA3A8bG1ABwceA/A3l4IANRqKQGwuloKAAsLVYbQ2xuECL28YIzQ8zOlCN3fM4bQ9bUQCJ2dKYXQ4aHW\
    CHlvLUI7O94jtLERAkLLyykhND9fCkLT01VHyL9/EBLy9IQxIXd3lBJyeckYIScnQhDy+7dShOzva03I1pa1hKyteU/I\
    4mIIhMzNpUTI5GQphIyOVh3nDw8Qcn5zgzHn5+eUcn50xBjnv34JwfnurlKcb25qzfnKirWca+095zMzIXA+Pp4S5yMj\
    pXA+MFB1Ul5dQSjl6SnGUv75Q6mUP38yJuX2thBSrq8rJeXSktZS/vhhrZRTU95L+f17CFIODaUkZV9fKVJ2dVWdMcfH\
    EBpzcICxMXt7lBpTqzFmzOqqEMYsLChlzOys1sZMTFhrzLdv3hsjRAjG9PSkZExHRynGtLVVnXPeQ+jczg7Gzm1sUOrc\
    8jJjzs3PC+Hc9LRSzo2Nae3c8LC1zvX3e+9cd3cIzn3+nJJzra2lONfcXHUxbm1BGOPaGsYxLi5SGuPcHGMxTk4KEePo\
    qFIxDg5qHWNvr7UxdnZ6H2N7ewgxUppSjE1NpcTY0FB1Oa+sQJiz1hjnPDNDac7j44zlPDIiRM4DA0rl/PWr1jl/+WJt\
    zp8+eZ9zS0sIOTc2ppRzfX0pOdfV/Qc2QE2yfVU1vwAAAABJRU5ErkJggg==
    """)

  /// PNG, grey.
  static let greyPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJCAAAAADMEfm2AAAAK0lEQVR4nGOUZWWBQ1YWfhZWBJ+FHyaMzIOIsPAhKWRl\
    4UdSCOPBRPCYCQCrgAKgyg8XsQAAAABJRU5ErkJggg==
    """)

  /// The same with 16 bits.
  static let greyDeep = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJEAAAAACcgSX1AAAA/klEQVR4nAHzAAz/AB0dIiImJisrLy80NDg4PT1BQUZG\
    SkpPT1RUACwsMDA1NTo6Pj5DQ0dHTExQUFVVWVleXmJiADs7Pz9EREhITU1RUVZWW1tfX2RkaGhtbXFxAEpKTk5TU1dX\
    XFxgYGVlaWlubnJyd3d8fICAAFhYXV1iYmZma2tvb3R0eHh9fYGBhoaKio+PAGdnbGxwcHV1eXl+foODh4eMjJCQlZWZ\
    mZ6eAHZ2e3t/f4SEiIiNjZGRlpaamp+fpKSoqK2tAIWFiYmOjpOTl5ecnKCgpaWpqa6usrK3t7u7AJSUmJidnaGhpqaq\
    qq+vtLS4uL29wcHGxsrKNJ9pvUEQbzcAAAAASUVORK5CYII=
    """)

  /// The same with an alpha channel.
  static let greyAlpha = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJCAQAAABDc27hAAAAN0lEQVR4nGOUZWAVYRHBxKwiLPwMLAysDKwMLBgYKgXD\
    eKSQlbDw4TCOlYGFH4dxaFJoSshyIQAiCwOQ/5v0CQAAAABJRU5ErkJggg==
    """)

  /// Their pixels.
  static let lumaPixels = bytes(
    """
    HR0dIiIiJiYmKysrLy8vNDQ0ODg4PT09QUFBRkZGSkpKT09PVFRULCwsMDAwNTU1Ojo6Pj4+Q0NDR0dHTExMUFBQVVVV\
    WVlZXl5eYmJiOzs7Pz8/RERESEhITU1NUVFRVlZWW1tbX19fZGRkaGhobW1tcXFxSkpKTk5OU1NTV1dXXFxcYGBgZWVl\
    aWlpbm5ucnJyd3d3fHx8gICAWFhYXV1dYmJiZmZma2trb29vdHR0eHh4fX19gYGBhoaGioqKj4+PZ2dnbGxscHBwdXV1\
    eXl5fn5+g4ODh4eHjIyMkJCQlZWVmZmZnp6ednZ2e3t7f39/hISEiIiIjY2NkZGRlpaWmpqan5+fpKSkqKiora2thYWF\
    iYmJjo6Ok5OTl5eXnJycoKCgpaWlqamprq6usrKyt7e3u7u7lJSUmJiYnZ2doaGhpqamqqqqr6+vtLS0uLi4vb29wcHB\
    xsbGysrK
    """)

  /// PNG with EXIF orientation 6.
  static let turnedPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJCAIAAABmGDE9AAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZn\
    S2kAAAAeSURBVHicY2Rg+C/M8I0gYmGQ+cTA8I0gGlWHHQEAe3VyPY4oMjsAAAAASUVORK5CYII=
    """)

  /// PNG with a palette.
  static let palette = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJBAMAAAAbVLtZAAAAMFBMVEXI0i3IqEKFxFfIfleFfnow0n0wqJJDfp0KfrvI\
    RnPIHIiFOJ2rAKUwRsMwHNgwAOaanEifAAAAQElEQVR4nCXIoRGAQAxFwXeZ9F8Dml7OnoQOyHcIJgni5O5omNTygBgP\
    3ioyXjsAwL9Ts5WGtiu4Wu23kg5sNz+gHh+aqYXcYQAAAABJRU5ErkJggg==
    """)

  /// Its pixels.
  static let palettePixels = bytes(
    """
    MADmMADmMADmMADmMADmMADmqwClqwClqwClqwClqwClyByIyByIMBzYMBzYMBzYMBzYMBzYMBzYhTidhTidhTidqwCl\
    yByIyByIyByIMBzYMEbDMEbDMEbDMEbDhTidhTidhTidhTidyEZzyEZzyEZzyEZzCn67MEbDMEbDMEbDMEbDhTidhTid\
    hTidhTidyEZzyEZzyEZzyEZzCn67Cn67Cn67Q36dQ36dQ36dhX56hX56hX56yH5XyH5XyH5XyH5XCn67Cn67Q36dQ36d\
    Q36dQ36dhX56hX56hX56yH5XyH5XyH5XyH5XCn67MKiSMKiSMKiSMKiSMKiShcRXhcRXhcRXyKhCyKhCyKhCyKhCMKiS\
    MNJ9MNJ9MNJ9MNJ9hcRXhcRXhcRXhcRXyNItyNItyNItyNItMNJ9MNJ9MNJ9MNJ9MNJ9hcRXhcRXhcRXhcRXyNItyNIt\
    yNItyNIt
    """)

  /// PNG of one bit.
  static let bits = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAAA0AAAAJAQAAAADBAZvHAAAAI0lEQVR4nGNgEGAUNWbS5WB6zsCUw8B0gIOJIYJh3Q0m\
    dgUAM+sEuyLZgXUAAAAASUVORK5CYII=
    """)

  /// Its pixels.
  static let bitsPixels = bytes(
    """
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA////AAAAAAAAAAAAAAAA////AAAA////AAAA////AAAA////\
    AAAAAAAA////AAAA////AAAAAAAAAAAAAAAA////AAAAAAAA////AAAA////AAAAAAAAAAAA////AAAA////AAAAAAAA\
    ////AAAA////AAAA////AAAA////AAAAAAAA////AAAA////AAAA////AAAA////AAAA////AAAAAAAA////AAAA////\
    AAAA////AAAA////AAAA////AAAA////////AAAA////AAAA////AAAA////AAAA////////AAAA////////AAAA////\
    AAAA////AAAA////////////AAAA////////AAAA////////////AAAA////////AAAA////AAAA////////////////\
    ////////
    """)

  /// WebP of 13 × 9, lossy.
  static let lossy = bytes(
    """
    UklGRnAAAABXRUJQVlA4IGQAAABQAwCdASoNAAkAAMASJbACdLoB+AFKA/oH2q7oABnWsYj8oAD+/v7brwwFEk3uuLT4\
    sXBg5aC25//dq4+ShKNllnyVDy15Rlf/3r05lP/Kuioo+HT+NElJ03rz6k3vvYX4E8AA
    """)

  /// Its pixels.
  static let lossyPixels = bytes(
    """
    AAPsCgXqIgTiNQXZRwTKWAS9cQS4gwOukQOjowKYuQSTyQSL2gaGBhruExzqKhzkPRzZTxzKYRu/eRu6ixqwmhujrBma\
    wRuV0RuN4h2GBDbeETjaKDjUOzjITTe8XzevdjiqiDefmDeTqjWKvzeFzzd83zp4BlTQE1bMKlXGPVW6T1WuYVSheFWc\
    iVSRmlSFqlR8v1Z30FVu4VdqBW+/FXG9KnC2PW6rTW+cX26Qdm+LiG6AmnF2rG9twnFo0nFf4HJaBouwE42vKIqmO4qb\
    TYqMX4l/dop6iIlwmoxlqotdwI1Y0I1P4I1KBaqiEqqgJ6mYO6mNTKl+XahxdqlsiKhimatXq6lPwKxK0KtB4Kw8BcKX\
    EsSVKMKMOsGBTMFzXcBmdMJhhsFUmcNMqcNBwMQ80MM238UwCtyTGN2SLdyKQNp+UdtvY9pketxdi9pSndxHr9s8xN03\
    1Nwx490r
    """)

  /// WebP with an alpha channel, lossless, of the pixels of the PNG files.
  static let lossless = bytes(
    """
    UklGRjIAAABXRUJQVlA4TCYAAAAvDAACEM1lRP9jF5UveP8DQgLCEP+navpMXPlfIJDCdngCMD6LDQ==
    """)

  /// WebP, lossless, with EXIF orientation 6.
  static let turnedWebP = bytes(
    """
    UklGRmIAAABXRUJQVlA4WAoAAAAIAAAADAAACAAAVlA4TCEAAAAvDAACAM1lRP9jF5UveP8DQgLCEP+navpMXPk/JgA5\
    ywYARVhJRhoAAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA==
    """)

  /// That file's pixels by EXIF orientation, from 1 to 8.
  static let turns = bytes(
    """
    AAD/EwD1JgDrOQDhTADXXwDNcgDDhQC5mACvqwClvgCb0QCR5ACHABzxExznJhzdORzTTBzJXxy/chy1hRyrmByhqxyX\
    vhyN0RyD5Bx5ADjjEzjZJjjPOTjFTDi7XzixcjinhTidmDiTqziJvjh/0Th15DhrAFTVE1TLJlTBOVS3TFStX1SjclSZ\
    hVSPmFSFq1R7vlRx0VRn5FRdAHDHE3C9JnCzOXCpTHCfX3CVcnCLhXCBmHB3q3BtvnBj0XBZ5HBPAIy5E4yvJoylOYyb\
    TIyRX4yHcox9hYxzmIxpq4xfvoxV0YxL5IxBAKirE6ihJqiXOaiNTKiDX6h5cqhvhahlmKhbq6hRvqhH0ag95KgzAMSd\
    E8STJsSJOcR/TMR1X8RrcsRhhcRXmMRNq8RDvsQ50cQv5MQlAOCPE+CFJuB7OeBxTOBnX+BdcuBTheBJmOA/q+A1vuAr\
    0eAh5OAX5ACH0QCRvgCbqwClmACvhQC5cgDDXwDNTADXOQDhJgDrEwD1AAD/5Bx50RyDvhyNqxyXmByhhRyrchy1Xxy/\
    TBzJORzTJhzdExznABzx5Dhr0Th1vjh/qziJmDiThTidcjinXzixTDi7OTjFJjjPEzjZADjj5FRd0VRnvlRxq1R7mFSF\
    hVSPclSZX1SjTFStOVS3JlTBE1TLAFTV5HBP0XBZvnBjq3BtmHB3hXCBcnCLX3CVTHCfOXCpJnCzE3C9AHDH5IxB0YxL\
    voxVq4xfmIxphYxzcox9X4yHTIyROYybJoylE4yvAIy55Kgz0ag9vqhHq6hRmKhbhahlcqhvX6h5TKiDOaiNJqiXE6ih\
    AKir5MQl0cQvvsQ5q8RDmMRNhcRXcsRhX8RrTMR1OcR/JsSJE8STAMSd5OAX0eAhvuArq+A1mOA/heBJcuBTX+BdTOBn\
    OeBxJuB7E+CFAOCP5OAX0eAhvuArq+A1mOA/heBJcuBTX+BdTOBnOeBxJuB7E+CFAOCP5MQl0cQvvsQ5q8RDmMRNhcRX\
    csRhX8RrTMR1OcR/JsSJE8STAMSd5Kgz0ag9vqhHq6hRmKhbhahlcqhvX6h5TKiDOaiNJqiXE6ihAKir5IxB0YxLvoxV\
    q4xfmIxphYxzcox9X4yHTIyROYybJoylE4yvAIy55HBP0XBZvnBjq3BtmHB3hXCBcnCLX3CVTHCfOXCpJnCzE3C9AHDH\
    5FRd0VRnvlRxq1R7mFSFhVSPclSZX1SjTFStOVS3JlTBE1TLAFTV5Dhr0Th1vjh/qziJmDiThTidcjinXzixTDi7OTjF\
    JjjPEzjZADjj5Bx50RyDvhyNqxyXmByhhRyrchy1Xxy/TBzJORzTJhzdExznABzx5ACH0QCRvgCbqwClmACvhQC5cgDD\
    XwDNTADXOQDhJgDrEwD1AAD/AOCPE+CFJuB7OeBxTOBnX+BdcuBTheBJmOA/q+A1vuAr0eAh5OAXAMSdE8STJsSJOcR/\
    TMR1X8RrcsRhhcRXmMRNq8RDvsQ50cQv5MQlAKirE6ihJqiXOaiNTKiDX6h5cqhvhahlmKhbq6hRvqhH0ag95KgzAIy5\
    E4yvJoylOYybTIyRX4yHcox9hYxzmIxpq4xfvoxV0YxL5IxBAHDHE3C9JnCzOXCpTHCfX3CVcnCLhXCBmHB3q3BtvnBj\
    0XBZ5HBPAFTVE1TLJlTBOVS3TFStX1SjclSZhVSPmFSFq1R7vlRx0VRn5FRdADjjEzjZJjjPOTjFTDi7XzixcjinhTid\
    mDiTqziJvjh/0Th15DhrABzxExznJhzdORzTTBzJXxy/chy1hRyrmByhqxyXvhyN0RyD5Bx5AAD/EwD1JgDrOQDhTADX\
    XwDNcgDDhQC5mACvqwClvgCb0QCR5ACHAAD/ABzxADjjAFTVAHDHAIy5AKirAMSdAOCPEwD1ExznEzjZE1TLE3C9E4yv\
    E6ihE8STE+CFJgDrJhzdJjjPJlTBJnCzJoylJqiXJsSJJuB7OQDhORzTOTjFOVS3OXCpOYybOaiNOcR/OeBxTADXTBzJ\
    TDi7TFStTHCfTIyRTKiDTMR1TOBnXwDNXxy/XzixX1SjX3CVX4yHX6h5X8RrX+BdcgDDchy1cjinclSZcnCLcox9cqhv\
    csRhcuBThQC5hRyrhTidhVSPhXCBhYxzhahlhcRXheBJmACvmByhmDiTmFSFmHB3mIxpmKhbmMRNmOA/qwClqxyXqziJ\
    q1R7q3Btq4xfq6hRq8RDq+A1vgCbvhyNvjh/vlRxvnBjvoxVvqhHvsQ5vuAr0QCR0RyD0Th10VRn0XBZ0YxL0ag90cQv\
    0eAh5ACH5Bx55Dhr5FRd5HBP5IxB5Kgz5MQl5OAXAOCPAMSdAKirAIy5AHDHAFTVADjjABzxAAD/E+CFE8STE6ihE4yv\
    E3C9E1TLEzjZExznEwD1JuB7JsSJJqiXJoylJnCzJlTBJjjPJhzdJgDrOeBxOcR/OaiNOYybOXCpOVS3OTjFORzTOQDh\
    TOBnTMR1TKiDTIyRTHCfTFStTDi7TBzJTADXX+BdX8RrX6h5X4yHX3CVX1SjXzixXxy/XwDNcuBTcsRhcqhvcox9cnCL\
    clSZcjinchy1cgDDheBJhcRXhahlhYxzhXCBhVSPhTidhRyrhQC5mOA/mMRNmKhbmIxpmHB3mFSFmDiTmByhmACvq+A1\
    q8RDq6hRq4xfq3Btq1R7qziJqxyXqwClvuArvsQ5vqhHvoxVvnBjvlRxvjh/vhyNvgCb0eAh0cQv0ag90YxL0XBZ0VRn\
    0Th10RyD0QCR5OAX5MQl5Kgz5IxB5HBP5FRd5Dhr5Bx55ACH5OAX5MQl5Kgz5IxB5HBP5FRd5Dhr5Bx55ACH0eAh0cQv\
    0ag90YxL0XBZ0VRn0Th10RyD0QCRvuArvsQ5vqhHvoxVvnBjvlRxvjh/vhyNvgCbq+A1q8RDq6hRq4xfq3Btq1R7qziJ\
    qxyXqwClmOA/mMRNmKhbmIxpmHB3mFSFmDiTmByhmACvheBJhcRXhahlhYxzhXCBhVSPhTidhRyrhQC5cuBTcsRhcqhv\
    cox9cnCLclSZcjinchy1cgDDX+BdX8RrX6h5X4yHX3CVX1SjXzixXxy/XwDNTOBnTMR1TKiDTIyRTHCfTFStTDi7TBzJ\
    TADXOeBxOcR/OaiNOYybOXCpOVS3OTjFORzTOQDhJuB7JsSJJqiXJoylJnCzJlTBJjjPJhzdJgDrE+CFE8STE6ihE4yv\
    E3C9E1TLEzjZExznEwD1AOCPAMSdAKirAIy5AHDHAFTVADjjABzxAAD/5ACH5Bx55Dhr5FRd5HBP5IxB5Kgz5MQl5OAX\
    0QCR0RyD0Th10VRn0XBZ0YxL0ag90cQv0eAhvgCbvhyNvjh/vlRxvnBjvoxVvqhHvsQ5vuArqwClqxyXqziJq1R7q3Bt\
    q4xfq6hRq8RDq+A1mACvmByhmDiTmFSFmHB3mIxpmKhbmMRNmOA/hQC5hRyrhTidhVSPhXCBhYxzhahlhcRXheBJcgDD\
    chy1cjinclSZcnCLcox9cqhvcsRhcuBTXwDNXxy/XzixX1SjX3CVX4yHX6h5X8RrX+BdTADXTBzJTDi7TFStTHCfTIyR\
    TKiDTMR1TOBnOQDhORzTOTjFOVS3OXCpOYybOaiNOcR/OeBxJgDrJhzdJjjPJlTBJnCzJoylJqiXJsSJJuB7EwD1Exzn\
    EzjZE1TLE3C9E4yvE6ihE8STE+CFAAD/ABzxADjjAFTVAHDHAIy5AKirAMSdAOCP
    """)

  /// WebP of two pictures.
  static let animation = bytes(
    """
    UklGRgwBAABXRUJQVlA4WAoAAAACAAAADAAACAAAQU5JTQYAAAAAAAAAAABBTk1GbAAAAAAAAAAAAAwAAAgAAAAAAAJW\
    UDggVAAAAPABAJ0BKg0ACQABQCYlsAADYtvQdLz2AAD++xm0buEBlJxT3ek7+G+TJD//5oug+sh6PPGf4Lkpv4nmb/0T\
    vm//t//NHf/4sKauU//tf/r8exYAAEFOTUZsAAAAAAAAAAAADAAACAAAAAAAAFZQOCBUAAAA9AEAnQEqDQAJAAAAJiWw\
    AANBZTmx4iLgAP7wTUD6+tErJ62pnKBVGyVv/vev+mUJ/9YRPs38e//kaUD/59MlS/+TPT6p//jnS9Ez/+zG8myG0gAA
    """)

  /// The noise in grey.
  static let luma = bytes(
    """
    s3ulZpystWFHRodYeONpvoVSrIBjenojvzQ5M0Ah24VZ3SHPmo2up1LOhXkrhXZOoWiqe+peXKledT1etjpnhFzFlztZ\
    mSFfZrvXRLJ9x39eWGyslENqPWfAl0tlRHUeulvOjMRon26hVG+HzT+VgnI2W443ULDMQFKOL1t0lDejoqJ9a7toRrrn\
    lW+rfsRmkaFHQiOhx3KHhUqai0q7pi0kSpKTT2BazpWnaIylXKx7i3OY0Kitrj490GtlwLqIT62ueXu3o4hPlJZRfi5W\
    i4CHToyKS2W0PUnMgalhX1/Ca5rMoUhGWpIXmuKPXomzrTtUNGl+oZnPUUaNpg==
    """)

  private static func bytes(_ text: String) -> [UInt8] {
    guard let data = Data(base64Encoded: text) else { preconditionFailure("not base64") }
    return Array(data)
  }
}
