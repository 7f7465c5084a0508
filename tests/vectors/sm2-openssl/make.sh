#!/bin/sh
# Makes the files of this folder anew, with other keys. Needs the openssl program, 3.0 or later.
set -eu
out=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
id=distid:1234567812345678

cat > openssl.cnf <<'CONF'
[ca]
default_ca = root
[root]
database = root.txt
serial = root.serial
crlnumber = root.number
new_certs_dir = .
default_md = sm3
policy = any
certificate = root.crt
private_key = root.key
unique_subject = no
[issuing]
database = issuing.txt
serial = issuing.serial
crlnumber = issuing.number
new_certs_dir = .
default_md = sm3
policy = any
certificate = issuing.crt
private_key = issuing.key
unique_subject = no
crl_extensions = list
[any]
countryName = optional
organizationName = optional
organizationIdentifier = optional
commonName = supplied
[list]
authorityKeyIdentifier = keyid
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
utf8 = yes
[dn]
CN = replaced
[ca_root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ca_issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[holder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = clientAuth
certificatePolicies = 2.999.45.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[encrypting]
basicConstraints = critical,CA:FALSE
keyUsage = critical,keyEncipherment,dataEncipherment,keyAgreement
authorityKeyIdentifier = keyid
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
authorityKeyIdentifier = keyid
CONF

key() { # name
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out "$1.key"
}
request() { # name subject
    openssl req -new -utf8 -config openssl.cnf -key "$1.key" -sm3 -sigopt $id -subj "$2" -out "$1.csr"
}
sign() { # authority name extensions [more options]
    authority=$1 name=$2 extensions=$3
    shift 3
    openssl ca -batch -notext -preserveDN -utf8 -config openssl.cnf -name "$authority" \
        -in "$name.csr" -extensions "$extensions" -out "$name.crt" -md sm3 -sigopt $id -vfyopt $id \
        -startdate 20240101000000Z -enddate 20440101000000Z "$@"
}
for one in root issuing; do
    : > $one.txt
    echo 1001 > $one.serial
    echo 05 > $one.number
done
echo 2001 > issuing.serial

for one in root issuing holder revoked encrypting responder; do key $one; done
request root "/C=CN/O=OpenSSL SM2/CN=Root"
request issuing "/C=CN/O=OpenSSL SM2/CN=Issuing"
request holder "/C=CN/organizationIdentifier=91350100M000100Y43/CN=苏州测试有限公司"
request revoked "/C=CN/CN=Revoked"
request encrypting "/C=CN/CN=Encrypting"
request responder "/C=CN/CN=Responder"
sign root root ca_root -selfsign -keyfile root.key
sign root issuing ca_issuing
for one in holder revoked; do sign issuing $one holder; done
sign issuing encrypting encrypting
sign issuing responder responder

openssl ca -config openssl.cnf -name issuing -revoke revoked.crt -crl_reason keyCompromise
openssl ca -config openssl.cnf -name issuing -gencrl -md sm3 -sigopt $id -out issuing.crl \
    -crl_lastupdate 20240601000000Z -crl_nextupdate 20440101000000Z
answer() { # identifier's hash, name, file
    openssl ocsp -index issuing.txt -CA issuing.crt -issuer issuing.crt "-$1" -cert "$2.crt" \
        -rsigner responder.crt -rkey responder.key -rmd sm3 -rsigopt $id -ndays 5000 \
        -respout "$out/$3.ocsp" > /dev/null
}
answer sha1 holder holder
answer sm3 holder holder-sm3
answer sha1 revoked revoked

# One statement's worth of bytes, signed by the holder's key.
printf 'DSSEv1 4 test 5 hello' > message
openssl dgst -sm3 -sigopt $id -sign holder.key -out "$out/message.sig" message
cp message "$out/message"

for one in root issuing holder revoked encrypting; do
    openssl x509 -in $one.crt -outform DER -out "$out/$one.der"
done
openssl crl -in issuing.crl -outform DER -out "$out/issuing.crl"
