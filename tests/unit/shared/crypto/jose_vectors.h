// Published keys and signatures (RFC 7515, 7517, 7520, 8037), and a few made to be refused.
#pragma once

#include <string_view>

namespace stile::test {

// RFC 7515 A.1: HS256
inline constexpr std::string_view rfc7515_a1_key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";
inline constexpr std::string_view rfc7515_a1_jws =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGx"
    "lLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// RFC 7515 A.2: RS256
inline constexpr std::string_view rfc7515_a2_key =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B)"
    "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-K"
    "XBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2"
    R"(ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLN)"
    "O97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxz"
    "ubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x"
    R"(_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ","p":"4BzEEOtIpmVdVEZNCqS7baC4crd0p)"
    "qnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1Vh"
    R"(vKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc","q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLY)"
    R"(sp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc","d)"
    R"(p":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12S)"
    R"(k3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0","dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpH)"
    "ziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZn"
    R"(OZ68m6_pbLBSp3nssTdlqvd0tIiTHU","qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq)"
    R"(2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"})";
inline constexpr std::string_view rfc7515_a2_jws =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
    "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383"
    "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVm"
    "tVrBp0igcN_IoypGlUPQGe77Rw";

// The same key and payload with PS256, for which no RFC has an example: made by Python's cryptography.
inline constexpr std::string_view a2_ps256_jws =
    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.II1vYZ1cd0tVZtWuPM5TtME4xmuWxl4_AyJpQ7eAEBCHpWsZ7eIJFGJR02TVEkJaIKcO6lBeQ4s5nWHE4z16it40aGLAwJ-hi-QS"
    "EdooyGivvd0iYc6Ya-KJpVRHNw5tVCIz10-WhspTH-Um7-7zyJpK1Y-GyBf_r2gE-oNWqL4bQeLFB8o0NFY3IcmsESYDHZPKk-zefE40s000"
    "UrGZ4PLOIFZyBhdTg2B1qCY_mtwFtdCR_XDBAeoy7J_ABdQ46PXwrCLpNOm0raVFRdstCB4AqbTm0-TemjjfJcC6bC-kVf9lrVIez5rqo7kN"
    "_iOsTQEBgm1yG3QSZKmnCwpo8g";

// The same again, wrong: a salt of 20 bytes, of none, and MGF1 with SHA-1.
inline constexpr std::string_view a2_ps256_salt20 =
    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.NHarwWatDO4BCxvdLyMmFYeWvgYWf98JZU_kBll1BtmTTFs_dEyH5O3AReRj5A21TZ4jW4zdXj720htXYfUe0Kwrkp87HgXBh7C_"
    "Zx3lbF6-EtfSou46fBDnK8R5BCwAEUje2IDPMCpaP1RYdJ1IJtc4ZznyBHGT_im5NGTgFLjTNltJcb96klqEDq5KHzF4bpJPNfwpQ5TJJYsi"
    "sOh2_SdMKikUsvt7J5AunWiFjjPyVHDFpuAF42dKEaNiu4Mmw3UC4GmS_Gb1a_0nTANCvfUPlqwgWKLOb8bUlV-LalPvPvz3E0gFd-tv6pXW"
    "Xbw4gO2bVF46DzNWrcIwLDVHBw";
inline constexpr std::string_view a2_ps256_salt0 =
    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.cMDnon9-kWOmWl3ENxyEIYFFJYZTPzSZAh5spERaclkKwJmvwMMNUMCbdMAak1TUhOHX2HHV0ImU0QgH8_r8sZKD_Ym2fIs6dyaw"
    "yPikuwkHN5FPlTLqEIx0GdKYUiIb7lezAXraCkMp8QFBKdBOWZFl1QBolOc9ZbPDcx7yGnGuXpJFdhvtmpxRQMMmti_YtxtYFtnynI8-tROW"
    "pUJY02C-wx_xmySr86Q9PYQ64BsNZLHrW9LErNqvSDE7hd77ic8oRps8O2a3Sm1YizLj2jAXBktyainlOJgO0dcJz1X84nHJp7ySpc34rbN2"
    "LqbE8o2nVA7ZARiWPphEIuqkYg";
inline constexpr std::string_view a2_ps256_sha1 =
    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.FU5zIc1ebEOB4b3CXj4VImhlMYXADEJi_laPGDhT55CbQhcLXXUfRFBiPsRKQNogNME2qdbuFRVkvfdsQcSITS0X7e6NV56MSZ7n"
    "oTcjgmWtPfa2qRv9M9oG5FpZRzomDjacvKP0Bf0AtMdk0kkKrbGmazzEomJZn8Oo1iekci5YEwVcD7M8Riw_d1p86wa_96mYTvLtvW7HMc8Z"
    "K_nwGIVmSk_47vaZtSg9MtPwijJYwNMgjnUdOGcmOK9nrCVZfwxN0JxqseGp_5MdnSsbMPLvGZ6yULDlyhrwYNQFf9i6ziLEC6aoLR6mancQ"
    "0RHruytX498zNUZUI5MYoH0vAQ";

// RFC 7515 A.3: ES256
inline constexpr std::string_view rfc7515_a3_key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6)"
    R"(pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
inline constexpr std::string_view rfc7515_a3_jws =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
    "0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 7515 A.5: the unsecured JWS
inline constexpr std::string_view rfc7515_a5_jws =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    "cnVlfQ.";

// RFC 7517 A.1 and A.2: public and private keys; RFC 7638 3.1 has the thumbprint of the RSA key.
inline constexpr std::string_view rfc7517_a1_rsa =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE)"
    "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqz"
    "s8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq"
    R"(bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
inline constexpr std::string_view rfc7517_a1_ec =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8)"
    R"(PxltmWWlbbM4IFyM","use":"enc","kid":"1"})";
inline constexpr std::string_view rfc7517_a2_rsa =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE)"
    "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqz"
    "s8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq"
    R"(bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","d":"X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7)"
    "dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsX"
    "ywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskD"
    R"(Jk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q","p":"83i-7IvMGXoMXCskv73TKr8637FiO)"
    "7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8"
    R"(Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs","q":"3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwg)"
    R"(TnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk","d)"
    R"(p":"G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo)"
    R"(5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0","dq":"s9lAH9fggBsoFR8Oac2R_E2gw282rT2kG)"
    "OAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1"
    R"(xCaP6TO61jvWrX-L18txXw494Q_cgk","qi":"GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81)"
    R"(zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU","alg")"
    R"(:"RS256","kid":"2011-04-29"})";

// RFC 7520 3.4 and 4.1: RS256
inline constexpr std::string_view rfc7520_rsa_key =
    R"({"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_)"
    "KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLr"
    "HqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k"
    R"(3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB","d":"bWU)"
    "C9B-EFRIo8kpGfh0ZuyGPvMNKvYWNtB_ikiH9k20eT-O1q_I78eiZkpXxXQ0UTEs2LsNRS-8uJbvQ-A1irkwMSMkK1J3XTGgdrhCku9gRldY"
    "7sNA_AKZGh-Q661_42rINLRCe8W-nZ34ui_qOfkLnK9QWDDqpaIsA-bMwWWSDFu2MUBYwkHTMEzLYGqOe04noqeq1hExBTHBOBdkMXiuFhUq"
    "1BU6l-DqEiWxqg82sXt2h-LMnT3046AOYJoRioz75tSUQfGCshWTBnP5uDjd18kKhyv07lhfSJdrPdM5Plyl21hsFf4L_mHCuoFau7gdsPfH"
    R"(PxxjVOcOpBrQzwQ","p":"3Slxg_DwTXJcb6095RoXygQCAZ5RnAvZlno1yhHtnUex_fp7AZ_9nRaO7HX_-SFfGQeutao2TDjDAWU4Vupk8r)"
    R"(w9JR0AzZ0N2fvuIAmr_WCsmGpeNqQnev1T7IyEsnh8UMt-n5CafhkikzhEsrmndH6LxOrvRJlsPp6Zv8bUq0k","q":"uKE2dh-cTf6ERF4k)"
    "4e_jy78GfPYUIaUyoSSJuBzp3Cubk3OCqs6grT8bR_cu0Dm1MZwWmtdqDyI95HrUeq3MP15vMMON8lHTeZu2lmKvwqW7anV5UzhM1iZ7z4yM"
    R"(kuUwFWoBvyY898EXvRD-hdqRxHlSqAZ192zB3pVFJ0s7pFc","dp":"B8PVvXkvJrj2L-GYQ7v3y9r6Kw5g9SahXBwsWUzp19TVlgI-YV85q)"
    "1NIb1rxQtD-IsXXR3-TanevuRPRt5OBOdiMGQp8pbt26gljYfKU_E9xn-RULHz0-ed9E9gXLKD4VGngpz-PfQ_q29pk5xWHoJp009Qf1HvCh"
    R"(ixRX59ehik","dq":"CLDmDGduhylc9o7r84rEUVn7pzQ6PF83Y-iBZx5NT-TpnOZKF1pErAMVeKzFEl41DlHHqqBLSM0W1sOFbwTxYWZDm6)"
    R"(sI6og5iTbwQGIC3gnJKbi_7k_vJgGHwHxgPaX2PnvP-zyEkDERuf-ry4c_Z11Cq9AqC2yeL6kdKT1cYF8","qi":"3PiqvXQN0zwMeE-sBvZ)"
    "gi289XP9XCQF3VWqPzMKnIgQp7_Tugo6-NZBKCQsMf3HaEGBjTVJs_jcK8-TRXvaKe-7ZMaQj8VfBdYkssbu0NKDDhjJ-GtiseaDVWt7dcH0"
    R"(cfwxgFUHpQh7FoCrjFJ6h6ZEpMF6xmujs4qMpPz8aaI4"})";
inline constexpr std::string_view rfc7520_4_1_jws =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXN"
    "zLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXI"
    "gZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa"
    "80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfW"
    "Ra-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLG"
    "djluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

// RFC 7520 3.5 and 4.4: HS256
inline constexpr std::string_view rfc7520_oct_key =
    R"({"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256","k":"hJtXIZ2uSN5kbQfbtTN)"
    R"(WbpdmhkV8FJG-Onbc6mxCcYg"})";
inline constexpr std::string_view rfc7520_4_4_jws =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ"
    "1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWV"
    "wIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1"
    "h84VsJZFTsPPqMDA7g1Md7p0";

// RFC 8037 A.1 to A.5: EdDSA
inline constexpr std::string_view rfc8037_key =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7h)"
    R"(cvPapiMlrwIaaPcHURo"})";
inline constexpr std::string_view rfc8037_a2_public =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
inline constexpr std::string_view rfc8037_jws =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcN"
    "R4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

// P-256 keys with a zero at the head of x and of y (and of d).
inline constexpr std::string_view zero_x_key =
    R"({"kty":"EC","crv":"P-256","x":"AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo","y":"u0yFo9jqKe-q-iRAaRLdhNWxTcM)"
    R"(r9lbvbGvVil2UP5I","d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXs"})";
inline constexpr std::string_view zero_y_key =
    R"({"kty":"EC","crv":"P-256","x":"mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0","y":"ADzMwKZGDgrjKKTZfTx7Ydhvxii)"
    R"(cGJ8lJREMRBuwfpc","d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACs"})";

// Moduli: of 1024 and 2047 bits (too short), of 2048, of 4104 (too long).
inline constexpr std::string_view modulus_1024 =
    "tICHTdStCm6V4kq1iBSkbECF0TxOESm2VSDgAO47c1G1rJSh_d04dmmPsa1iqZsUjMhh3m3eohNFNpn4HaBMK-Fivj7aV6jmVyL4nHYswzq8"
    "OzEOCa8kv-jBOl5YReYAeldv-ywJfNkX-f2qtfxMtrXva5h_aHdXZkQb2y2bIbc";
inline constexpr std::string_view modulus_2047 =
    "WpSWKOSbWGlamcu4wcaynvlr3NOVnwAG2iMM_FVSvoua5RR-_njwdzbs30onidaRmQImH9U4iy0JKoWuLEEEE5KAd8TXw5I6bncgRa5DxYmz"
    "iEhijlWRbfSLGl3EBH0KoRHSJILoG9XQ69SeMCEGJGaA4VtkGlDyHJ94tQ4eFOEc4dQnpTyUAZJIFNJZv_OX_N2Kx10NXfQR4lEz_UiNkHRl"
    "bBFtpZNDe9uc9PjJtrxK_OQ4mtAERUGifHEJelSgDzMgPqWs9w2ERFSXrWg6vfApJl3N_kdNJnzsWjkNtA7cakjWJaVSFgv3btXWjzKo9YuE"
    "ngkHCJmsGJsN55iQcw";
inline constexpr std::string_view modulus_2048 =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
    "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
    "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
    "TW9gb54h4FRWyuXpoQ";
inline constexpr std::string_view modulus_4104 =
    "tHa1jHOeFAWu9bazbbyLMUCXqBXlMqy2D3KMoH3i3PU8l9kT5Squu5Hl2y_Gd1GHSCx3Ze4zHu4_h4kKXJG8T8O21gM1LcB4nzahE4kRW5zR"
    "ZkUN_plrR51rn18NWKuQaJHhioNO-0UXG0RjHJBmFDRABE_HdRmtA6a4qshVBdW2YyW8ZR-fyr3yw8K8thHzCumANYJ75dNxbQpyaAG3VtHe"
    "m5_9D3fzWf1ieB9oXCNQFo2nCKpIAI1FVgPUfv2JKsruY9sQ6cQQu_VipCAd2747_gBcP6ZfeNVVomraGIRXjIbSSueFn7-mOpaaB9ZJAGap"
    "rYen-oaUXRN43jkzxuyPIGXt3rygqROWxUAd7QRvK1ZaaXSZAmoAVN8r-oWOY6NcONIeMZ824_C35jQ8mWIvp5JFUv47UHjpTbVLswYidwr8"
    "L60JFUx9xbA28sebganfdVBDaZc8GXR9NOqBuMcftNaVAtf0LSage3Y58kwlFe1PujPGhQ2T7BrAutXR1-HvONvJbwu9UEhVOwJItf3Pa4ID"
    "-197k5gkx4osC6RzLp6EUqA-KrKfLgaGP_h9IdLl4hA8EiTsU2PAUFLVOAdfdGdR8ddF0GmS_xefBhxG1xxxrjSg9HqxgvRLqt2PW_hn41wI"
    "pxjxs6QPPautBVk4CzBJXtgDn6yhGx_0OUtx";

} // namespace stile::test
