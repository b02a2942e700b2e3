// Written by scripts/training-fixtures with PyTorch; do not edit.

/// Little-endian fp32 values in base64, by name, with their shapes.
let trainingFixtures: [String: (shape: [Int], bytes: String)] = [
  "x": (
    [5, 3, 6, 6],
    """
    jb/gP1fcXL583om/G4ITv9zeAr8WDJg+tNHXPsGR+b7mUWg/ht4vv7r0rb/Vrym/Pumyv06Zqb7uk9Y+hHXjvktK\
    1z8ga2q/GMkAv0cI0D+ajhe/0Ux4v9GW5T9TEt0+lt0JQLuoMD+8Ojm/znQawPOjCz82e60/PiMXv36SXr8zQZ0/\
    9ES8P2VRCT/tx8Y/EO8iPk/z6z5/aru/cJ7Tvn+PDb+nspc/OAd8v5boIj6RbTm/il6dPwT+SL9M7kk/G2ZHPcWn\
    ZD+tYxI987r6PuhHrD+IXpO/xkozv1hVyb99WcG/glYrvr4bIr8QcrS/E1BLPk3sZb9R/qo/zAWXP0Lf1j+YBgI+\
    NRu5v2XmLr/p35E/oTsCPy+w+b6/hd2/S+4TP29bwT78yFa/Kp5ivMSKbr9lXk8+yTUpPlHTIr+RK92+bAc9P93M\
    XT7wWj+/p2OkPgjpzr659sW/hkB2v94g1T4bAOW+6+dFP+pnxz6DAte+dXfAPnVKMTyOX6S+4I+nP9hqD78Im2E+\
    9bZEvx+pY7+qkOe/0N+RPssckL6kHLo+HiL5veyG8L8Lvmq+A7oPP488hL/kVv0+8prgvt705r41ldU+qCq9P5Gt\
    ar7vsQRAD8PwvUDYrT9n/iS/NI/NPpZhBsDPax4/q2dyvykdY7/hTYs/SgUvP1kIrLxJqeM+QZunPrINY7+RJGg/\
    JGqiPwG3Hj+iaju/SEOzPJuLGT88bwM+LnyEvy5cU79Ahki/U1GKv9BLST9ijLU/mZclv8I6Vr/HOzC/uEWivsth\
    Vj9TAJu/sxZDu0RLhD/SY4i/ULk0v4Dr0b9Tu5g/rePnvfLc/j4PKUa/iwyGvzOo7r2Bvdk/tIB7PyTmsb+Gj6g+\
    +H+TP82+Jj8mHju+CxpfP26iOr/vJYI+k8ofP2smJj+bvwm/lQWwP/wyNb8zUgY/bwiTvYdgp79p/0W/gh3kPUId\
    bL50OTK/Ds8APVQYp78pRom8L6a4PytSAECc+mk/if4PP1PsrD0XqyI/FtpXvoOLLr5L11U+sbv2veKwsz8d6s0+\
    SPI2P/FtSL41s5S+5mbcvz+Vwr2JOC6/fkU8Pq7RVz64FQBAh8xxvdCYNr+4a6E9HQb+vyScFL9EuOo+jtU0P+/j\
    pz+BWgfAtNp+Pl0U5r3QMhM/0GJnvp9Rer+rapI/HfLaPXF9mj8EYPQ9dMVkv331Fj53j2M/sWT9P6gfHT8X/7k+\
    T2LFvnAp3j6z0hC/6ciivnVPTD+Shjw/DDLIPt7aIL8VttC+fKulv7eJvD+KH8y/okmIP5hshL1tT6G+g4GRv33x\
    tL+p4CI/aXuuv47/cb9sOV4/bndDvzfyQD65GT0+++1uv70qEcAB44c+DyhXPuenIj/+q3+/KqSvv7fkHr+SxWY9\
    WIIMQKcB3T8Q78Y/glGEvtmsi78//vm9IzMCQG6H+b6QweO7x8OHP6fVqb4rQ/Q/sb6DP+qV1L+CApS/aXbDPgQq\
    Xb9zb2U/RRLbvgVVED5+Lsg+5EVXv0L+Wb9YqWK/BDNIPyru776TPqC+jx9cv9aSir9K9Xw/EmCZP49CoD8Rjx8/\
    UUCzPexrIL/W0WM/Cb+JvxrLt749m76+j3XaPyKnij75dgC/271KvtcVYD/hHFG/nRyYP0nJX7+J+vs//9+vP7C+\
    lb8Kpom/mAJYv80Ndz/7jRY/HmISP0OfCj+Ap6G/qCgjvmtMhj+DuKM/DinAvsHLXz5uuZA/oBbGv5FMIj5AMM28\
    P3CRP8lH7b4AiRS//HnVPjcvwr+D8rC/BbiivyerFb7SLlE/6Zu4P/bADL0uwzs/3Spvv4GDXj96icG/1/R5P4AK\
    ED/DxVU/k9LUvmqZqD4+UA4/8RamPxf8CT963xq+l+Uyv/XC5b+kwL4/mEN5P8TItz5SllU/DvOwP6H3nj9etXs/\
    4x5nv5aEMj9zBjS/0nC3PmGgLz+uApU+T3WUPoT/uT8JxbM/3Ns+PxNwDUBMmlu/XDWpPKVcjD88EPK82t6GPurq\
    lz9R2lO+qIn8vr7Kbr/a4l49wCPIvnHY878JCeE/u4JgP4B/2T7va2m/DD8ov6m7Sr5nVZW/wZWyvl7Cwr4LOXW+\
    ctlFv3CTrT29goS/ihAuv5mDmL9/c1I/Pgovv8WA6j7DAQk8ZDVYP+l6Ir33VR2/0HduP1Lx9b/OCp4+Qs3IvwZA\
    3z/Vdy2/rsstvxenhT7W+xO+R36bv3LfIL/czqA/vFnXvz2BvT/2tEa/I7QLP/604L+r7fQ/oGUVPzJxY76K7Ec/\
    hjaqv15ByT94AgU/kaY0v5R37D0pWa0/8gVdvyXhNL9z/Am+wWYuvCo1FT+w4FO/igjsP/TAQ7+Ybe++6TeJP0gS\
    ED/Hj5m/VHGRv3FxrD8DUZe/3oIePwFBg78wy78/reAFvuJDB7/Uibi+Tq+CP97whT+jupc/SlmRPqrivz9lxwO/\
    Ll0UvqkpMj7qKms8HTSevyf03j1ueMw/e08gP8sQkr4i/c+/4bkLvoBjuT6pkeE/+4Xhv3Uthj8X7H0/ESpWv2Uh\
    Qj8sbak/RzgVPyUFJ0BI2Dg/ixyUv4Yigj56J+m+MgF4vupJsT8buwDAh6eKPhdXTr/0NkK/HIT1PncpTr4HRC4/\
    9MoEQHRNQ78rqWi/gxJIP0jW175tKte9ffIlv7oCwj4qe7W+tJuUvo2EEEBkqwq/rCGov/eHML/dAwrAzky7vkJe\
    Kbshr7q/86jgPynNzT7gP7U9oHqeP4MIsb5mWf49dA6Avs92Gb955Sk/+8CVv09ofL8wWle/Ee/jvzV/Xb8SBqA+\
    QEnZvmjhG0DyLX+/JA2WPnQh6j9Kh8Y+yr1sv7En1j6UalK/Lo9lvzFdDr5mLIC+
    """
  ),
  "w1": (
    [6, 3, 3, 3],
    """
    ocOCvmmeAz9J0DS+3+J7PWrpub0spT+/2oORPWA3hr7xtP69+XWGvgcauT8jP5i+JuonP9tQND7+VSi/vfGCu0PU\
    /T1ZTkk/+dlRvxnYS78MVp69G1gMv6zsLj/IdLA+enlJvkb6nT4jusA+My2aPmofgT+mlRW/Mn8pvyI5ED8f9Oa9\
    F5KFPljTg79wqI09ogp+Ppnzmr5I+sy+nnWiPSJ4tj4da76+VWYPPi06Pz73rr8/EY4DvlgNr76B8wc/BRUovPJo\
    ob4Da4w+JlRLvzMvhz5UeuU+v1r/Puy+3L3gzSk/G39evXxkA7/zfbI8SO74vkiCDz6O6pE+h/c9PxZQOr/o544+\
    cZmBvt9Ubj7tRNy+O1LavtcLgT/zVq09jCnnvgfoWr+Wf4u9lfw5PzTdjz7NWxQ/CElcv2yP8bxdctg+S32FvZ51\
    Jb7rPLa+08XovX4Por9C1C4+FGsNP/cSRD3GMHW8PvLaPq3lS7zsQZE/GDTcPq0vU78fHrK8SExmPtvzjL4yANK+\
    dy4QP+pmHr9HzmS/u3YBP2yM/74H04k/eiBtPnfwVr8Ytz4/tFDwvnDfgT+BN7o++ZdOPhCiwz7xHNe+5FgxPor6\
    tr9COmC/Z+u8v5GjGD2jThA+2CpHPv4kkb/J7LG++LPaPlEPtD3/Bqo+hfsVv8ysDj+ClvS+SLMAv7KMHj+H7XM/\
    hB8/vgr6oD7Y2y4/IWK/vsrBoT4ls+M+uyP4PrEuKz+bogg9fGcZv1DvAL3oqDS+VHMpPiYxk74555S91GQvvykc\
    fT2Uyxi/PvdzvBG9rb0x9m4+L7yMPqbBCT87HXC+fUcGP4O/N76VBqA+rrLSvnHgfr1R51Y/
    """
  ),
  "gain1": (
    [6],
    """
    qp+PvmznWb5onNC+Khrqvdrbgz6jdlw+
    """
  ),
  "shift1": (
    [6],
    """
    fK8SPqZnZr2L8J48xgjHvJbb4rzLrTi/
    """
  ),
  "w2": (
    [6, 1, 3, 3],
    """
    rjQ+vzPrGj6YGs8+u/pePxBg3T7MJco+ZDajPgN1DD0hVQY/0M0xv/uBCD6Quom+pi82vjGZtT76R5q8I7Njv1vV\
    +T5thDG/YQTnvn0LNb5+buy9ATWnPabmVr9pZnK+SDPjPuQDCL+WFQW9plVtv+DJAj4b95+98a9YvxurV711GWg+\
    Boaovz3BVL56KgK9tbervrKzBL/P+y6/iy3APsgHhz7GmzW+EBicvl99Lj+U0Ue+fnY+P9I+CD4zS2E9QDA6v4Th\
    Bz8diSw+NzN8v4rUEz9pfUM/
    """
  ),
  "gain2": (
    [6],
    """
    Lo+MPWUShD6APSY9s2gpvMzACb6YNE29
    """
  ),
  "shift2": (
    [6],
    """
    dF+6vY9nIr1qPEI+EVCCPr7qHT71CRY/
    """
  ),
  "w3": (
    [9, 4],
    """
    0olCvk7XUj69JoG9Yw0CPSSMkT7dl74+HavOvnt8470CgwK+O1UGv6adsb/bGTQ/EaBIv+jM9D3DfkY85+mJPvdq\
    XD8Fbj4+56M7vrsaID8/39o+eIGZvXyzmr7f03e+6ZRzPiZ9ED7l7vQ+n/jePh/Fjz5mWKy8OruGvnVlOT8tVfQ+\
    +TCEvq5PDT2vS5E/
    """
  ),
  "scale": (
    [6, 1],
    """
    4SeBPpYH4b6AInW/WWZKPohusr73zP49
    """
  ),
  "offset": (
    [4],
    """
    wTYrvg0evbwTV60+ilRcPw==
    """
  ),
  "w4": (
    [5, 24],
    """
    JO4Vvytk6TxQoj6/tAkNv5z9srwhMoo9kDVnvl+DJL1vh6y8wgB4v93zDz+0CR+/Vk3+vT9vfj73Y8+9+WtaPxCc\
    Az9uRfW+uf0ovw9Btb6joOw+UjtxP/qJhj1lG5+/dq5LPUkIDL90ZQQ+mmiQPjDsqj68pyK/4lVTPiK5UD79Pkq/\
    EdFxOwPteL4JMPw8bQhcPmwRmr4+iQo/lIgqPyPAjr6QaP88waaCvDFMLj/P3Ok9GPe9vmhQTb7yu8K+FyIHP0DI\
    6z6ZDpI9leHdvZPMqzr1ZYO9dkIhPx6rST8+C5U+p/oIv05+Zb4zKxY/N+wsvJuVQ76jxSM/3G0HP0CR4L5y3m2+\
    S7bcuyN95r1FLS8/ZhDWPRntkb4OIbY+mJs6voqHiL7PSz0/T+EzPm06xL0m2Ha+cP/kPIKRmj63W+O+Q3tHPw76\
    Nr2p9k4+jqnJvlW4orw04B2+Xks9PnrqCT51G7O+sqg6Plh5Bz/Dz1o/g+3hvXtXWT1THY2+kPEhP1sXnr6iWM89\
    zuievd5wN72fG+C+fyuvPlgdAL6BsnO+q/RDvx/7H76LHvm+OCvMvhhrlz8qrsc+Lx4mPv9jar+uKOO9ITcivkk7\
    Cr+2Aw2/e06KPvj3CT/MVwg9
    """
  ),
  "b4": (
    [5],
    """
    J23SPmH6P7+JnRq/0g0Uv8wulL4=
    """
  ),
  "right": (
    [5, 5, 2],
    """
    ZiVFPap7DT4MSBw/wTbvPqZ9MD/0/SU/B5r4vkzQyzoQ0C4/z0E5P38bb761lbc+kQg1P7LEsz0mE488hOAVv4Ql\
    8L4K3PU+6ymwvsfZFb6FmA+/8CeCPjRyk7/htSE/BbEfP9W4qj0bsSq+5ZErvXu+8D6Guws9C2iovPejbz/rT8c+\
    IJ1gvo282749kYu++6Aiv8NvS7/rKd8+UCwPvtsR7T5Gn7C++urgPquI0j5qxCk+VbSZPy2VC76gcmg+nbnMPwTP\
    Fr8=
    """
  ),
  "output": (
    [5, 2],
    """
    cbGxv86yy7+rvbW+w46pPX8UOj9UE1C/8DldvS1jxT8AAdq/zMuXvw==
    """
  ),
  "seed": (
    [5, 2],
    """
    js1aPgs6rr/CDZS/PMegvsqWx75YgQVAkOH7PjiTrr5HHY6+k6fEPg==
    """
  ),
  "by_w1": (
    [6, 3, 3, 3],
    """
    mghgulfBKLn8Br+1a7roOVdifjjpDC06moJ8uCg1BTqtEmy5Or1iuRfNRjkKNVq4UJ1KueXgDzq4Zb25ax+bOSlC\
    HTry7PK4Rb8BuuKWGTqwe1a6P4kuunqi8TUG6Jy6DrYmObqzBTlygha5Ra3KOo/i17qwHso60GE9u3k+Gjsm5mE7\
    ZabzO6mgCTuFur07DvWLu06xMjziRt67fEXQu5jZ8zt4Yea7b/BAu1FwHTq0XpM7HTT9u/uJMTyDFqi8qS0cOwau\
    hjsE+Jm6D2Sgu+At/Tsxsym7vQl6u0KSGLneqMQ50goLOmLmnjqWzJ66oftoupLf2zqWRoe6y7sxu8F1Sbqw+We5\
    SoLlOt3OUjt5phS6aHKYOlW/sLkQjII5KZ4muWRcijmQxAe63zKqO7fVHrtuBao6slM3Ov9KjbkVSbc680I2OaMP\
    3LgrEbQ4c9LhODo0g7hSnJw41NNBt5ctw7ek8DU4z2J6OJafLTktM5o4yawct83EmLZNxNI40XZjOMnr77idf1E4\
    zukUOBc/9rhIKae24bNbNiwvbriXKQO4ydQvNwqaKDmZPz654CfZOk1aJDuCUUe71zKPuhaCBbsco8Q5ilXBOt4q\
    eLr0gSs6pIInOhIwPLmRtqg6EgcOu+LxTDuFiAE7YbjbusBrpzmHuJG74fbMusI8ATvSbmi7Gr6Bu03KbLqI/BQ7\
    HlnGu5exFjvwoEq7AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    """
  ),
  "by_gain1": (
    [6],
    """
    fGOhusWLXrx/B6I58Z9mOXxNVjoAAAAA
    """
  ),
  "by_shift1": (
    [6],
    """
    YPUdu+mAUj0ZW9Q74RaFumId+DsAAAAA
    """
  ),
  "by_w2": (
    [6, 1, 3, 3],
    """
    FNcBOg9SG7pjP2k5Sc6AudS3hbruA4E6X4QXOnL2Ojnpwl06wgmruq+YFjsrfYE7UcbeOrztkTt9Zyo6N9wzuy6O\
    n7sN4gs70bRlOuVctTvqdzk7i30GvHxnD7vvWAm8DNIbOzT/kTsBrYs7H69TOIW0k7mZKEE57UGHN1kxTrltsVY5\
    O3ALuEZgW7hZ+gs4FAVlO866Fjzze6075AOzOpSjoTsR0my6KsWdu1yxBTy6Fju7AAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAA
    """
  ),
  "by_gain2": (
    [6],
    """
    QuOTPEwKebvyUhy9YWsYPRhjr7wAAAAA
    """
  ),
  "by_shift2": (
    [6],
    """
    oggPPN2oh72ImmE8sL0zPTw24r2o2127
    """
  ),
  "by_w3": (
    [9, 4],
    """
    9Z4OPLKBNrw6sX47gky+up8bTTyuyDO8pQGbO4GnzbvIDg08dS+bu3ZHsjrzf6u7ymNUPEWembybYdg76IBVuuj8\
    lTwws6W8EVn0O/l/tbsY01A8Kj0/vLxefzsz26K7VH4VPPN6e7wICsU7YOddOZJsQzyq64W8EYjsOxxlN7usCAA8\
    8FA4vOB1uzusyhW7
    """
  ),
  "by_scale": (
    [6, 1],
    """
    kvvmOsx1dbvAfpG6iXlfPV9aJj0ApIK8
    """
  ),
  "by_offset": (
    [4],
    """
    fb0oPTAk5L3rqR++pIxnPg==
    """
  ),
  "by_w4": (
    [5, 24],
    """
    NOUzPIdGQDwBNIU82GH3PMxPGjw7ihI8OEpXPMtMGj3E6CM8hdtXPB/rwjxg3rU87S4uPNVhQTxHqYE88Dn9PFmQ\
    KTzl1VY87IuyPJ3swzy3kS88mJ09PCQhdDy5AQM9ff1iPQoIfz1dQLg92P8aPge0Rj3Kb3s9Da60PXTBJD73+Eo9\
    ki+JPVCaAD4eYu89MRBiPdhuej0C8Kc9p4kkPu5oXT2084E9n8XEPYfqFD6MzWM9OQd2PVthnj2O+yk+IsnQvLlr\
    /bz2Hj29CgaOvZRc77woev+8yLkmvSoQkb03B8S8BcQDvfbQb73lrGq9JfPYvCST7rywqB690+yevZ2U0bzUR/m8\
    cos7veelj72WM9q8oKjrvHW0F7130aK9MhnVPAPK+jzjBjo9oUOSPewK2jw0FOA8mFgbPckLpz2klcI8zOEEPWCi\
    ej2+sGU9CgDbPJj38DzIKCA9kC2gPQoc0jxJHAQ9Z4ZOPYNnhT2GIdw8FL7tPN4LGT0JQqQ9ppGMvdrRpr1NAPW9\
    EX9AvgSFj70eirS9j28Hvtg5K75DHIC9H+WwvR5RJL4p3xe+WWCQveMFn73X7dO98QZTvpLxir1amaa9Tf35vd3s\
    Pr50NpG9lNScvS3ryb3ftVi+
    """
  ),
  "by_b4": (
    [5],
    """
    7KqNPrbQtz9fETC/758xP31Y6r8=
    """
  ),
  "by_right": (
    [5, 5, 2],
    """
    0W2EPSjm0r6nXJK+gBbpP1EHEr6ajmg/+Vg7vv8tlT/aki2+PjaKP0jZs75PTsO9FsjFP6zH1j7c2EE/4oFSPnfJ\
    ez+ktog+/CRrP6Fafz5nIfK9FfYhPxRJBT88TzLAUWmDPmfNr79zOao++7njv3xQnj4Sy9O/CkQaPrPW1b0vySe/\
    b5ToPqULpb77x2Q+LEfVvuHRkz5ZOsm+1XeLPu2nrL3X6u49Iz2+PsKfA785jj0+vCaDvp3Jcz5+rKi+fEhgPs4t\
    m74=
    """
  ),
  "moment0": (
    [6],
    """
    dRvUvIafOb21/co9/MvovIFvK77HhXS7
    """
  ),
  "moment1": (
    [6],
    """
    k+OfQP68nEDHzI9A/9mwQBkZCkFAZT5A
    """
  ),
  "moment2": (
    [6],
    """
    thbcPlEfXL2w86G+xLeUvdvSU7wAAAAA
    """
  ),
  "moment3": (
    [6],
    """
    rpq8PVnAtTztI6w9ub0FPDR5Cj0AAAAA
    """
  ),
]
