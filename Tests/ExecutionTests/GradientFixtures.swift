// Written by scripts/gradient-fixtures with PyTorch; do not edit.

/// Little-endian fp32 values in base64, by name, with their shapes.
let gradientFixtures: [String: (shape: [Int], bytes: String)] = [
  "x": (
    [4, 3, 8, 8],
    """
    +p5gPw8hej4hMug/rgnVvWO8Aj2QN9E/BB8LP0f6MD9WwRy/Y26nP3SsWr38/+I/+vWDP9CPuL/vVy2/Wn9sPwr3\
    kT8yIEQ/NEADvsIHmb1F2Hu/REKLvlqzUj/tJmG/3ZiVv+hkeb80HvY+qYtuvy1DRr8e5Eg9CDtDP9KGi78saQhA\
    eeABPuYqbb88aCk/8O+Ov89m9L/Mfl4/wFb3vlIrrj9KWcU+56QgP99i0r9U4MC+sCcEvxzVG7+RiAW/uEtUPhMf\
    Xz8wKWq/KghVP1Oulj62Wsc/fLGavzk8kr3A4Ew/3QlhPsY2v79UJA4+7qW4PwKSjL5cE9s99EEQv/41WL2QyXK/\
    hHklv3X7wT/9Rx4/AWsrP54mOL9JLnM+s09CP1eIgL4w1c0+/9c2PkKVAr4UuN4+Pg+Zv+m4mL/JCBQ+QOfLviAm\
    07/jFMU/agqEvxi1GT16gfc96qg0vyDlgT9sEly/8Wr4v7nxq7/ZMr08baphvzW/Nz/tEQVAUJlbP2uBST5v96y9\
    SbzBP7iqNT+oI8A8sJJrPgFepr/BU7K9p9q0us9pnz6iEy8/xO23v96Od7+MuT++YUmzv/iKMT8x4AW/pmTjPjZv\
    mD/xFvY/Ku0jP30c179WrCC+4gvkP/bDHT8s/7W8Kt8Nv6M/nr8I8aW9Frs1Pnj3T78dlby/W73HPiru6T9TAo++\
    bL09P54ihr8u308/MbADwHY1dL7pzzs/6xTZvjb+g78hJeq+U/ayPyasKsByJKe+WJ7aP4DOib/y/Oa+hQtKvy2s\
    IMAUapU+yWuRv245Kr5bh3K/hA1gv0oeMT9tJ7E/wT+KPzgZBT8INSrA+9cMwN5Qfz/MQ0s/Ht25v1pNuj/1lKe/\
    XUd0Pin9ZD7/Rv2+I1bpvVxgEUCb96a+j6U8wE9rB0CsR36/oH+/PjI+tr7xchy+DGqwvtYAVr/cyT8/mwFkP36C\
    AsDv7AhAPOEnv6f7zT93GG4+aM2Bvn7XqL2U7gA/M5L1P11ehz/hL8a/wLCIPwOkTD8SkIA+YO8rPzTEIz5kl5Y/\
    HyolvjasED8rD9a7j+yvPeoAID7xxBo/ZGSsPh1zZ79XJYM+dYj6Pr3Iqz86I+Q/39YoP9ADgb4E/aA/vcTEP84V\
    CcBUEqM/dMuOP+dSwj+GHsM/HsSdP8al7r44D4Q8iO2GP8MOm7+4M62/J0nwPTZoJr2lA7g+7HSjPcF0yr4yHz4+\
    q5wiwIiMNz+5wD0/QFWVP4HRgz5f7yA/dPIDvtA7AT+rrK2/BjhOv6H/1L/Rjp++2OBKP+cU2r1SflG+c2MCvmHw\
    Yr9kHaS/mUSGP8U1IL9qEx8/tR1NwMKniD8JkZ0+lwA6PgdPuTvHA6c/R90RwKF5XL5PYMY/ZxyRPa6wKz6gfTI9\
    y+46QCqgzj+SrbM+w2yEP9iimL+BDJU/hF30v7ZkZD/b/dE/7B63PsL7+b7zFa4+VftiPsYDsT1sAV+94z3xPV1t\
    Br8ip5O/BqXrvu0Blr84HCI+AEGMP5wFLD+VipQ+gcU4vjBD9z9vmtu+ihIXP/fjKz8HmhU/QUhyvzDfbz/nMH2/\
    M4kav7498b6N4po/ZJe4Pycv8r61RZ8/ygwTvvcjjb7RXqM9omNCwKoZhD81rOa+bjcBv/S+Db+CWYc+xUvZvjk9\
    N7/EZQm+2kEjP4SXHT8V4ZG/dId3P9CKOr7s82q/L/DNOsE6gL/T+f6+okLjPjbKEL/KPoK+zRcMv2wC3rwHZny/\
    Xzq4vw67lT+bC9q/WyYrPikL/7+Vdjs/61uaPmmJYb9llrg/fGo6v28Aqz812Tw/RTtav3VvtD7fhJk/AF5JPlQr\
    gz8N0Pe/FOa+vlAeEUDdYps/tPRDPjJnBr9eDFW/EclZP3qkVz8u3Hk+MuYaPzQk1b5q3Ao/cRWnP1NoXj+/9eA/\
    VW8WPvNGkL7QiRfAkRVKwJ1FSz5dang/H5faP4ifQL7iLXY/zeeWv2eOjr9MGwZA7G0ZwNTKX772MBy/p1zVPyA/\
    Lb6JjRI+qTCSP6kei7+TK34/JMqlP/0mWL/kf4E9SfXlPgLHL782gybAQG6DP9Tb6z5pJXq9U+U5v8/PDr+ECXA+\
    77sSwDuQKb8d8cS+WK7Yvj5nM7+i2ZA/+3WMPCQRuD+hK/M/SBimP/uVjT8XObe/eTrRP99fVb9dnsQ/oJLNvqax\
    5r+LYJM/eJqtPi6o3T3dfa++82/9v9PW2jxB/Fe/oXeTP66dHL//HKC+rKeXv5BIy7+R2Uk/N7LEvsta9r5LEEq/\
    yoYqv1T2mb5210s/+oHEPhQIgL/UycE/h+MZPhwyob7QctC/dEMxwG6Jjz/7eCw/z3GbPwd9E8ChBsG/sT3lPfbR\
    f7+qeDo+Cf2MPh6anr+pT3m/7jPOPJD5jb9tMtg/4r69PixhXr8RoFg+uru+v7lC7L4Ff9i+CSNSPyOGmr5vGJI9\
    uoU7Pwg2gz7Fbf0+u6kDwPNT2r8y+UW/EaK7vyTK2j7HT3+/oJRgPnsVQL4zNl0/gyJ7Pt1ABMBaJyE/scAQP0kD\
    Hb5U6p6+07XfP2WLVr60NOI/lgCvv7UFNr4d6Ks9lsq6PhUReD8aOho/DpY/PkUn17/0E0Q/a6H+ver/iT8QpQG/\
    4LRUv3AjXr/gb4k/gD4GwHnmAr1hLLi/2o8FP2HlPj+dMD2+IY9PvyKWEr+8xrY/29/4vTQCMz9QroA+4o+mPk83\
    dDzdK9s+WEbVP1VBRD+WfC+/ZyoHPxcSir2WqaM9XdZTPbt19b958Ic/T9O8PpL0lb9WKxTAaUrtvvxs4TyiRUW8\
    gW5cvzQ6Kr10Vgw+J4nUPXFZHD9a1Es9nDewP+k4zb79wt6/Sctkv61OED/n8y2/aqK0vqvGvr4RMne/hWv4P2Ch\
    o74T0hM/WR5eP5ADAj8cyos/9Ht8v1lXs70SUhw/rsHFP5ZUI7+Jpt6+cmgzQOGwZj4uhTU/mQSeP/FKj7/RlGQ/\
    clvqPw5G+D6MTMI95+QQPxJVrD/b0OY+oUeAP0KnqT1SBjk/OFWlP7VUYL/vUQE/6W8+vhRxSD0A9r0+RG68P01e\
    iz/AoADAPLBuPn+8gj+7udw/H/G0vmieCT1jRiG/tXIDv6Pzgz7dh3W/j6aZP4eho78lQuw+2kYRv22/mb5uN7O+\
    cfbKPuyJaD8BhW6+X0SoP2J6hb4Ak+29r5toP6kRmL7wKks/UpX6vpOsmD/5/N2+KryLvquOOL97ra8+1ceCP0J3\
    Mb+/m5G/g/HHP5GDir/UhHe/SKlpv8xbYj/WO5s/liO7Po3L676ZXXy//4P5Pa1RAj+RG12//wcFv4xKfj/7go4/\
    YeY7QHAaST9lHaC+teCNP9JbKMAkQqW/A6rsPsCRkb/jFPW/qkS8vrcZN7+jKYM+uhaivyXTij+4ZYs9U8LjvpRr\
    lD4c0gdANiQ4PzkaOr9DH2W/WeG4Plf6Mr8vLMS+lTSIP3bAbT9oTp4/w3uCvx3Inr8KplG/47DQPVcVDT+Za5Q9\
    8E/Vv8ueMj7JP0M+3ddAvktBhL+j9YA/TWm/vz80IL+gsBA+1nY6v+ZoOL8agP6+3P35PvBiRr+2rk4/IyC8PydB\
    J7/L6ec+KUqjvytbzT+/F4u9hMIkPxQCJT8v8mA/yakNPwVWpb9uJmE/V297P0yLFr/hHSK+PyEuv2HgXb+bAVm/\
    OhOjPrXZbz8o4je+qiqmPXzpLr+1JSk+JmJXP/22ML+1DCW/jU/YvgU8PD9dYHc+41phPvqmiT8H+6K/trXGv7ZV\
    TT/5Vls/Vw5QPxw4nL763K0/w/6OP1LEBz4OqR9ACKy7PwlZZT+kXtu/TAjxPufcFr9REue/mbaFP66bjD8RDAE/\
    PdEWvwRx7L9KMTE/71XLPsGs1r4p7jG/FD1HvzpqRL/+AqI/lSIXvNNdbz/VyPO+Kx2rPgbHl721/Li+zMWRPiX3\
    /7zAZf49lnUwv1yLkL6rX94+MZSBv88IgD9fhbs/nxGkPs5ERD/wrgi/pVmYPgOGIL7IHcA/FJt3wPVmg7+f6ys/\
    Y4Div4UK+j6WsKW/YyfSP8QDSb/G6l8/agL2v34slr4bJ7M/
    """
  ),
  "mean": (
    [8],
    """
    P5uYvBVE573z7JO9TJ/GvaWPVj70dBg9oHMLvVsd6Dw=
    """
  ),
  "variance": (
    [8],
    """
    FLyZP9xsSj8w85Q/gQl/P4Zcqj/sr5g/hiwwP9jDpz8=
    """
  ),
  "reference": (
    [4, 4],
    """
    mEu5vTLFBz7qlgm/ICVZvctomr9JGaA/1EMkP2/j3j8qwoi/iuXEv7j8GL9R0bM+lXx8v/MmjT9EfgBAypDzvg==
    """
  ),
  "w1": (
    [8, 3, 3, 3],
    """
    VvTRviuQSj7eHuY+OLcxvwEBq70t/xE+kx6kvprG5L7sMe0+VBeJvrdxFL+4mWu+0WK1PvihAT8o7es9iIoLP8GU\
    Sr+ZLSa+O5N2P0z3KL4uNcs96jXIPnsBBT+Jebm+Vl3WvX2C3L3MaWi/jsMwvkHvg7/dkaw+ZWMpv+kMLr/ZECu9\
    y1RAvHSPsj0MGJM/pgT1Pidwqb5vFdS+3Q2bvjBcM78aDyY/GgpSP21BB7+y7gW+YhEAvn9JgD53IwU+IHi2vQnd\
    BL7UXu27XI1EvrrVvb9EwAe/wzQevoMt7z6a6U8/4WxNOlYFYL428oa/m48SP6qtQ75u5TW+wxLBPgRwiD0v7bo9\
    8r6Dvs3uzD7XIB+/S99bv2wXlb47h52+m8PivuY3GT8wV28+/2STvYjfz76G7UW+87sEv0OPlz6Bf5C/NABPPqJ7\
    kj60mR0+EeuAvTgx9b7QO2A/0sT6PswCTL7aUrG988LBPlN5/D4dSdO+izSnPUdTgD6d1DU/Mm2Jvqcx1D4QTgc/\
    m2YNv4+Agj08Lhu8zYVQvkMdiD4hbEQ+D890P9t0G7+mtGI/w8+BPlReob2drms+U5wTvy32D79A/iC+Cz+gPrH4\
    OT1BAZa+H6t6vsfJoz52Apw+e+PQvqQGFD9Q9xq/UtSBPl+0XL5i/pw+xegQPuW8Fz8yo5E+OIGIPb9cjz5AMry+\
    Xl3lvd2jy75Qkoi/J9C/vnINOj9PTUW/D7UpvirrjD5wzYE9HPNBv2Wm6b76wyI/KOEFPvYBmb0UgBM/e8AQvyiZ\
    hT9i3Ie+nufNPmdWFz32hQo9TIWMvsvxUr5f9tw88Da5Pve0Cr9DvYe+NsOHPfygrj5gbwO/0uIhvT1Gkz1jhjM/\
    RFlVvrhsqT2jN7e+rWesvg9ktr5Y57C+vLHsPXttwb7yUXW9a1j0PoPFmD1lyHC+vSTZvkuJ0T7BBtM9inuzPoTi\
    sL5+mRU+4Qo7P7xTHT7+YsI+EEREPx+Exr56qom/fssjv6k4/b5aoQ+7zxA3vlzavj16KxW/CYjiPgllJD8JOda+\
    vaY2v7RSCb64Cjq/uRtcPlXfD79AdXC+zEAOP8fkQT6aUIs+/objvkVPGL/VZTg/Ft+0vnUjzj605aU+H/oWP9IM\
    Uz7Casq+
    """
  ),
  "b1": (
    [8],
    """
    OpCIv+27vT5m89I+IBztvWeVvz6zAWm+k7DGPGn3Yz0=
    """
  ),
  "gamma": (
    [8],
    """
    ru6NP1l6Kj+mTTk+kiFqvlIFJj/0Ycc+ITB3vpiHBT8=
    """
  ),
  "beta": (
    [8],
    """
    Vg8hP/RJuDxKhd28+k69P8hhmL0O9TI/rcisPgig2r4=
    """
  ),
  "w2": (
    [8, 2, 3, 3],
    """
    +6KjPjPoSL6nKZa+JKS0vmCENj4WKg+/YtUxvhxhnz3yRj2/HZSJP/CRmT0dNvA+7bMKPguZOT7tBrK9mRVpvSdA\
    gL4Z7py+l2A5vkFiRj8bB4+/hBsHP8iXVT5LYYA/viunPrS7qj+Y97M+AcgBP429uT4DSLM+c93Jvn4T7z2On4q9\
    74vbvrYQEL8xrqU/fAxTPcvt5T7eGky/VkGcvlW9gb5OzQU/Mig3vzLD+T6DTl4+/miAP4t2Dz9OfQ89yF/ZPtMH\
    pr431lC/4yUeP0+hMj6v9bQ9tWm8PufWUL7aA8o+I63FPauKFr7ntxA/J6IQverh1L30vay++x8vP2LMNL5KOUW9\
    GvxdPywxsD6TvpO+TMwWP7Nxkb6x0U0+CRdbPinfI7/gnD0+/kJAPxQk7D2sYWC/FECJPtkx875PFoG+Doq1Pqkb\
    FDy+Jdy+KLQBP4kzzr72d+U8Pgcov2nRnT/M1Po+q8OYvmWmz767cxS/H7+XPt0ak71FRRs/T9GYvv5woL7hh8S/\
    KlJTPvGTG71NwLQ96Nolv1F5NT+fiAG+2mSev/qpbT4ijXa/0EPxvjday77o/R4+V43hPgpwpL5bFy69AB6DPrDG\
    ED91+3e+FVvaPsqVRTwMu1S/EeJquQwqwb6zHY2/mPw9PQfS8r6Y6ZC6vSISP7s97r4ASBE/W7ZHP9BEBr+Npna+\
    SUeFPZ4aXr9Ntri+XrCVvbD6QT5V2qw+BD/qvoV4u73s6oA+q8o+P3yTRb4AwSS+
    """
  ),
  "b2": (
    [8],
    """
    PuoSvwmwIr/gTt0+bbosP39iIT4GOx6/XpKBvXo/Tr4=
    """
  ),
  "w3": (
    [12, 1, 3, 3],
    """
    WW0NvkS/JDwPA+G9t96ZvgGd7D5m5w2/i3ZYPnRiWz4mNFU/ySzavizyKj6b7Ao+Xc/1vgyWoL/5IRO/qfyRvRHN\
    0j7VAya/SCaQvSoPeb+dGXs9/q53PjCTK7/iKgI/RwM/Pqzvhj2jbH4+Ogqzvxtrlr5JUKu/PESIv+oD6z6AsJQ9\
    pbUwv428iT6Vc04/cxqtvwLi5bywgXg+Eo67vbyZQr6mXlm+nDTWvst/2D1rJA0/jJU5P2eAab6wYOu+c5TpPk9h\
    4j2Hz6g+zlyJvxP4BD5lEPY+2Y+cvUbfOr/xt4y+kbWgPfiC2j4XlCi+RAUQP2kRnj7ibuy97/xFP80Wgz48r4U+\
    cfd6P7n1Oj6qKo49Ne5FPiF9U75jOtm8v+Uzv6SnOj8ocjO/TMdfv63V0D33k+893f+GP5WUSD58vqc+w8MMP5dr\
    Lr8JZZo+g4Hfvvz0ET9DARY+/RW8PSl29r2+Ck+/qjkcvqP54r7xWao9LBtjvoodYz/gtHw+28rRvk8NJT/My50+\
    sM8rvwqcUz/wMgG/x5N4Pwlx2z6Rx4a97HcBv1FNjj499j0/
    """
  ),
  "w4": (
    [6, 12, 1, 1],
    """
    j48APa7WFD7C/BY+WnazvGGQCb7LiGK+t/7oPvHFD75jvE8/K3T8vpVdjD3ZWhW/vgfYvmWQKL8C1CI/e2Pivvui\
    yj0HeBq/ANSKvuZAgj5vicQ+/2WPviUnu70i/Vi+nyOkvuweBz8Si5I+/CUjP3Gr5z46kZU9yjrJPV2L4r73Oq+/\
    vUOQvn5cCj7yJu0+fk4ZPfIw0z42MvS96Pxiv3qh/z6kWZi9T8DhvnVqGj/TQZc+yDS0vkymtr5FO4M+g+beP2n6\
    8z4ucZK+iZbUPsCESb8j5qM+CGwmPLURHT5QH+89tQhYPyl1sL7e5hw+mo9EP6w8lr58QIk+2R0JPy/tzL4yODk/\
    0ERSvYyl1L4UgjQ/Vm0+v8Ox5Tx2Z+I9
    """
  ),
  "scale": (
    [6, 1, 1],
    """
    3q19PtR+HD5UyPY8ZBDIPnPasz7RJkm/
    """
  ),
  "w5": (
    [5, 18],
    """
    JvjOvJDJ7747yhW9bW8qv8Sfv76IgpU9nBMBPuVoDj9dJMg/x7jHvU3CkrzKISG+JRpKPo+glT6GTUO/c3YJvxOr\
    Lj+iKDI/8GqFvWCG6j47C9M+GWIrPq/zKD4eTCC+QGlXP2mnXT+RgxC/wFXYvgUNxb0d1eu+bAcvv6xgGr+5dWY+\
    zH3rvuPbIj9cv6S+9tYRP1fzAT9t/f69VBGWvYPqbD+j/hO+F6MkvmFLNT99/L8+SjxfPgBIsb5t4Ym+h6QwPgp2\
    0D7IrGU/hfzAvZ9L0D5GUN++MDuvPpW/i78/DKQ+6AcFvuH4CL86ajS+QyZKv6821b5KbUS+t8lrv4b/fTy6n9E+\
    5UoVvWnfW7901SO+QKYGvxL5zT5UuPy+aLkcPBn/Xb2xS2I/tETCvsqjZL9hCqQ8nX94PRO4rj7p2yO/pShmu5Df\
    ez0KT7K/eCOMvpJM1z7nHqY+VSEqPeaQlL/LI8o9
    """
  ),
  "b5": (
    [5],
    """
    4m4iPxMAE795OB6+tmzdviyQkjw=
    """
  ),
  "w6": (
    [5, 4],
    """
    Tk12vYCTZL95uuO8zrKMvgIehbz0y4q+XsjovWSZib6sd9a+qeWlPh/6mb7lFd0+OX/fve23+76w95O9qnLTvsQN\
    Bb6mDws9tZ7kPSq7cr8=
    """
  ),
  "logits": (
    [4, 4],
    """
    cBYJvybn2L4oY5q+8LwxPm5EVL2gmwW+zhKPPJhhlTwr5Cy+tBnuvhQI070UWP0+DLrLvjQAGb++q5e+B20+Pw==
    """
  ),
  "distillation": (
    [4, 4],
    """
    UESbvZig273QnbI9AEfEPRwixD7UHCC+QNQlPUTOiL7gn4w9wF3LPUCe47wYiw++DnCCPvxZgb4snvG+FIjwPg==
    """
  ),
  "crossEntropy": (
    [4, 4],
    """
    LCM9PuWFUz5yQES/XCzAPowUQb9cpGg+Kd6GPsL4hj5ca1c+rzEgPuURZj69axe/3QYpPgplXb+yHTs+5lsEPw==
    """
  ),
  "by_w1": (
    [8, 3, 3, 3],
    """
    psCqPeXSlj3qLI47/uGpvWDo573dB8Q9FmPtPZWf7z3Dxvy9IhYyPioZfb4qR9W9W/olvAIZGT47Q6O8lnUhvo/Z\
    8j1sh0k+Mw0BvYnYir6HrAs9doStPSSsyr2LGFe9t5kDPiM7RjzynwC+71cyvltrmj2dOWG+9Y+nPZVptL2DmmM9\
    5ta/vZV1zb7A9Hy9Fh2APQwPkb7FJ+09BQHAvv3PJL6qAd28JeshvpyuCr1GQwM+Em2hPZJf3z1DQIM+XrcDvvvd\
    CD4Rp3U+9+jXvUU9lj3xcQ++A14GPOk92ztxx+Q8x/uivIKHwrpU5UA8lNEfPcPgK71r+d887FtZu9Sl87zfBQU8\
    9aGuObU0ZjyRYJM8I7UGvBjZND2L0MC8fjNxvL81Mb3wEXA7LhmVvBP5sDw/85G8FWAOPYrsPjw2otG8aPeZOk/E\
    ozzTIZc740LhPPbW3LziP6c9hg/uvLDDvbxPnCE9EaHhPJk68LzOZje9fUYjvGv4XjzuuVI8G08bPXZvXjy8zXu8\
    A5EIvW/f5jxS21W8w+auPGMYZb3dCDM8oJSnPENFyzyQk3S8+e4evGyO3L0kfFO8M15VPaECVz2r+SU9ysnPvEU9\
    0Lz7BYA9kXmQO4qj7DzEjLU8ExnPO9oAWr1yiKg8PQPrvKQyqLyQlp48dNmavPZdFr0tjgU+2gQYvt24WD36ZIO7\
    z8jiPJyd0L289CQ9yGsOvR/lmL34QCi97Q/9PV3PkLzxBAE+IAKHPKnXwjwZOvm8ttsnPeHJKb0/LHg9D3rmvOaw\
    5TxAMDM6gVMFvA1gojtSdoS8JbGXPRPjTDup0mO64hM6vSQz0DdBrZg7fmwzO3pXtTwB/Qu9Tr8KPPM7PTyC0zi9\
    N4nIPAjvn7xMhs686UKMunSY9LxjlLu7cpvGPJySq7wrmyA9ibutPHllpT1IWpa8YPHMvDd9vzxVXp09pVJGvcds\
    vbxpMI29av9iOsoj0TzlNp69CnJLPFxj/TyR+eS8wZxmu6JDxrgvEog8jqRKve6b7zzQze68W2FcPBsvULzCBAA9\
    FHl5vVf4xDtQQPe80zg+PRFfBb1kJIK9VqC0vGW1rTqUwI68AWncvDyCpjyHaTG7NACoPPnpBL3ndiQ8wLGpvCNH\
    qzuUTg67
    """
  ),
  "by_b1": (
    [8],
    """
    94KvPSvQYb2Qcwk8OZfZPAK73rz+s3C9bNnOuxJ3+zw=
    """
  ),
  "by_gamma": (
    [8],
    """
    Wt6NvWTwx72tSxk+hLm7vkEzLL45mzU9fGDPvQgdGT4=
    """
  ),
  "by_beta": (
    [8],
    """
    4omtPXzclr1c7kw9BZbtvWIvRr3D1yi+ZtexPB8Jij0=
    """
  ),
  "by_w2": (
    [8, 2, 3, 3],
    """
    HEgwvuwrG76hcoC+w3NRvCZSHD0Ao9Y6RMFgvnAySb4rXrK+ZGwbv/NzYD1rkbG+TmNiviAFhD0smOe+vWIJv8hJ\
    kr34h4C7XkJCvAMR1LxoecU7cJAFvdBXsDyXOLQ5sr0oO8jEuTqY4dy7OifcvOuHhz32/3A9GAcHvQ4WlDxRyNI9\
    lOm7vPfuzL1UTWy9NHMjvCYuUDsOkcm76neauyD8U7neYg08nUutu1Gqdbq4y667oPiyvEBGqTtKBAA77uNfvOyG\
    vDtmo/a62v5YvKJumzu3Wg47OkZrvVa+tz0OT5G9NZN6vUcCnzuTIeQ9uyU+vW3TmT2ypi08DTedvTBVqz4815U+\
    AWhZvWZ/mj6Znm0+zEsxvV2SpD7awp4+qhyBvdQ5Tj0WZGg9Q0/pvCMYmTxgIAq9HqmGu32bp7waZxc95HpCvcdd\
    Sj0hT9u8Vhy5PIH5KL1xdgs9wGq7PCxscj2cAZW9uHcuvPi6F737IUY93dhUvC7Tj7whqoW9XSzivPGMwTwrF0A9\
    2BGNPCcQjjyZvOm8zs8HPPhhCDsstTM8Dj4fvIYQMb2rMuA806DQPCjCMrq3lFU9d4ORPJD7PDzBHqA8XFDGPE6F\
    OD1AfNi7vOQnPAVEnj1puPA6aVO+PBpZoLr4z+a5mTq2Ox4Ftjt8zos9gYyfvfgnrjyVDFm9BIa0PNxKq7zVYBS9\
    vpOKvaGhCD3EAkC8Rmk3vMBcBbxi0oU9lKpFveHImryRIM27mI8NPcbhkrwyVW29
    """
  ),
  "by_b2": (
    [8],
    """
    rE8Yv2gDjrya7Eo7kmKAPkga0ruG8PK8ArRAPWwoTT0=
    """
  ),
  "by_w3": (
    [12, 1, 3, 3],
    """
    e3u5O8C8Kzq4CHc7XnWTvOihfD5xMaQ9om0FPdSHAL5j1yC+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAA9+qNuoaRh7z4hlu8ZM+LvFTDq715ULy967++vMffj712Q8y9AAAAAAAAAAAAAAAAcuSLvgqiKr8AAAAA\
    +uiWvmreXL8AAAAAbDsmO2FsoTsCpwi8PIeWPczTeT7BKwk+JLeAPYuafz4S0B4+bNBuvde4ojzS47q7Q/F5PrDq\
    sz2WUZA8U09xPk45VT5ow5k86phnuphbRjuAeRS3gCgMPHyOXLx4vxs6oJ02PZibRj1uWJM7rC+Nuvpq4DunPN07\
    sz+XvIyYhL2ktXQ8kcUQPp5E6jz9xaG7gOvtO8QlqTwCqKc7rus4vB5JLb0M3Po8pTVdPMLCBT3HwtW9csAgPIiJ\
    3zuLflQ9OrVxPQdTGT8wCMY+qNkmPqyhhD6Ukjg9uqCqu8SU6brKte66ksOuuwFk8LsjOSO7AAAAAAAAAAAAAAAA\
    AAAAAAAFvjkm8Nc5AAAAABoMzDkm8Nc5AAAAAAAAAAAAAAAA
    """
  ),
  "by_w4": (
    [6, 12, 1, 1],
    """
    PvR3PQAAAAA4pye9D91ivTzTYb1DrIq9wIWAOp0YK73ieKo8aJw4vLX2tb2wYLe9AgGdvQAAAABgQxC9nr9JvT7I\
    QL3yF6G8w07CvNgwWrxTktu8475rvS2Vkr1mYZW9/K9GPAAAAADYyRC88LA1vERQAbzwoRO8cKeWuRNejrtcRkk7\
    rMlnu8QuiLytsYy8U2X1vAAAAAAm4LC8Gn0UvQuDXbxjUjO9XMi5vFqFubxyAGm8XnmXvSvtob1x76i9BFvcPgAA\
    AADeYXM+d6d9PuvNVD5sDfS8NrYfPoocM71i8h0+jKBMPq5+kz44/5Q+FeqcvgAAAAAV0fS+Q/aovjxvAL340CS+\
    nt2BvmHJYj0Y8Bu9RbORvjHu7r4aS/K+
    """
  ),
  "by_scale": (
    [6, 1, 1],
    """
    IAjDPoza6T6HYni/3wMRPlV3BkA2NC4/
    """
  ),
  "by_w5": (
    [5, 18],
    """
    /NrAu5CH0rzWOZY7dA6JvNN0Bz0ODto8vqGCvepLmL1tJZ486MboPU0UUL6O9Sa+PuQPvYB3kLzl7sQ86UVrvQ+G\
    BD7yBa29WQPJu4M1UbxOlJE7TB9wuwyRSDxMKRc8SXScvBt8b7xcL7y8Quc7PKH+G72q12K8uIqGvLbRdLuPPRQ8\
    PiRqvOsMmTwLByi78duTPB3hIj2fTY288MS4O0RS87w7xaq8m3ALPWigfbsBFw0+jSwfPUIwAj3n9je9DI1LPYNQ\
    nzsmj7a8gBO8PIH5vjzoR169P0XDu5SIiryvl+I7oI5qu333VjzxVhk8sXaCvGztIrnPA2G9ZDEKvCXJ5Lx0vzs7\
    kwWvvCj6VLs3myA8OPxPvHhKNbvADn08DjsxvPtbg7yYKKs8i8++PFR8pLwXU7K89uypPeF8PT59J52+0I+hvgMK\
    tz4KDc0+gpFjvCCU3jz3F1u8eKOjPWjoqL69R40+
    """
  ),
  "by_b5": (
    [5],
    """
    gDeaPhv80T2OVGC+BwzIPU1Kk74=
    """
  ),
  "by_w6": (
    [5, 4],
    """
    F5LzPsyA4b7vwBK/PLgJP+wdl74nFg0+KF1xPrpuoL3XdnE+TjOyvsgnw76Zn/w+MR8SviNeGT5qKyU+RWosvuAw\
    6b1qvgo9B9VkPi3sEr4=
    """
  ),
  "by_s1": (
    [1],
    """
    meyRvw==
    """
  ),
  "by_s2": (
    [1],
    """
    0L+APw==
    """
  ),
  "losses": (
    [2],
    """
    aMvhP/omuEA=
    """
  ),
]
