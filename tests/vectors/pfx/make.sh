#!/bin/sh
# Makes the .pfx files of this folder anew (OpenSSL 3 with its legacy provider).
set -eu
work=$(mktemp -d)
here=$PWD
cd "$work"
SM2ID=distid:1234567812345678
usage_sign='keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=clientAuth\n'
usage_seal='keyUsage=critical,keyEncipherment,dataEncipherment\n'
authority='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
printf "$authority" > ca.ext
printf "$usage_sign" > sign.ext
printf "$usage_seal" > seal.ext
DAYS=20000

new_key() { # name kind
  case $2 in
    rsa) openssl genrsa -out "$1.key" 2048 2>/dev/null ;;
    sm2) openssl genpkey -algorithm SM2 -out "$1.key" ;;
    *) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1.key" ;;
  esac
}

issue() { # name kind subject issuer ext
  new_key "$1" "$2"
  dgst='-sha256' opts='' vopts=''
  case $2 in sm2) dgst='-sm3'; opts="-sigopt $SM2ID"; vopts="-vfyopt $SM2ID" ;; esac
  openssl req -new -key "$1.key" -utf8 -subj "$3" $dgst $opts -out "$1.csr"
  if [ "$4" = self ]; then
    signer="-signkey $1.key"
  else
    signer="-CA $4.crt -CAkey $4.key"
  fi
  case $4 in sm2*) dgst='-sm3'; opts="-sigopt $SM2ID" ;; esac
  openssl x509 -req -in "$1.csr" $vopts $signer $dgst $opts -days $DAYS -extfile "$5" \
    -set_serial "0x$(openssl rand -hex 15)" -out "$1.crt" 2>/dev/null
}

C='/C=CN/O=演练数据，不产生法律效力'
issue ec-root prime256v1 "$C/CN=演练根证书" self ca.ext
issue ec-ca prime256v1 "$C/CN=演练数字证书签发机构" ec-root ca.ext
issue sm2-root sm2 "$C/CN=演练国密根证书" self ca.ext
issue sm2-ca sm2 "$C/CN=演练国密签发机构" sm2-root ca.ext
issue rsa rsa "/C=CN/CN=西宁演练置业有限公司" ec-ca sign.ext
issue ec prime256v1 "/C=CN/CN=海东演练地产有限公司" ec-ca sign.ext
issue seal rsa "/C=CN/CN=西宁演练置业有限公司" ec-ca seal.ext
issue odd secp256k1 "/C=CN/CN=格尔木演练置业有限公司" ec-ca sign.ext
issue sm2 sm2 "/C=CN/CN=青海演练投资有限公司" sm2-ca sign.ext
issue sm2-seal sm2 "/C=CN/CN=青海演练投资有限公司" sm2-ca seal.ext

cat ec-ca.crt ec-root.crt > ec.chain
cat sm2-ca.crt sm2-root.crt > sm2.chain
export_pfx() { # key out password options
  k=$1 o=$2 p=$3
  shift 3
  openssl pkcs12 -export -inkey "$k.key" -in "$k.crt" -passout "pass:$p" -out "$o.pfx" "$@"
}
export_pfx rsa legacy-rc2 演练-123 -legacy -certfile ec.chain -name legacy
export_pfx ec legacy-3des 演练-123 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -certfile ec.chain
export_pfx ec legacy-mixed 演练-123 -legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-RC2-128 -macalg sha1 -certfile ec.chain
export_pfx rsa modern-mixed 演练-123 -keypbe AES-192-CBC -certpbe DES-EDE3-CBC -macalg sha512 -certfile ec.chain
# Before 1.1 OpenSSL took each byte of a password for a letter.
old=$(printf 演练-123 | iconv -f latin1 -t utf-8)
export_pfx ec old-openssl "$old" -legacy -macalg sha1 -certfile ec.chain
export_pfx sm2 sm2 演练-123 -certfile sm2.chain
export_pfx sm2 sm2-sm4 演练-123 -keypbe SM4-CBC -certpbe SM4-CBC -certfile sm2.chain
export_pfx seal encryption-only 演练-123 -certfile ec.chain
export_pfx odd other-curve 演练-123
openssl ec -in ec.key -no_public -out half.key 2>/dev/null
cp ec.crt half.crt
export_pfx half no-public-half 演练-123 -certfile ec.chain
for one in ec-root ec-ca sm2-root sm2-ca; do openssl x509 -in $one.crt -outform DER -out $one.der; done
cp ./*.pfx ./*.der "$here"
