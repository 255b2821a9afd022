#!/bin/sh
# Deploys infra/template.yaml to the local AWS at AWS_ENDPOINT_URL, as `aws cloudformation package` and `deploy` do to AWS: the
# zips go into a bucket, the template names them there, CloudFormation does the rest. It needs the AWS command line and nothing
# else; the containers of this folder run it, and so can you.
#
#   AWS_ENDPOINT_URL          where the local AWS is (default http://127.0.0.1:4566)
#   ADUANA_EMULATOR           localstack (default) or ministack
#   ADUANA_ARCHITECTURE       what the functions were packaged for: arm64 or x86_64 (default: this machine's)
#   ADUANA_FUNCTIONS          the folder with <function>/bootstrap.zip (default target/lambda)
#   ADUANA_STACK, ADUANA_PREFIX   the stack's name and its parameter Prefix (default aduana and aduana-)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
: "${AWS_ENDPOINT_URL:=http://127.0.0.1:4566}"
: "${ADUANA_EMULATOR:=localstack}"
: "${ADUANA_FUNCTIONS:=$root/target/lambda}"
: "${ADUANA_STACK:=aduana}"
: "${ADUANA_PREFIX:=aduana-}"
bucket=aduana-functions
template=$root/infra/template.yaml

fail() { # fail <what> <what to do>
  printf 'error: failed to %s\nhelp: %s\n' "$1" "$2" >&2
  exit 1
}

if [ -z "${ADUANA_ARCHITECTURE:-}" ]; then
  case $(uname -m) in
    x86_64 | amd64) ADUANA_ARCHITECTURE=x86_64 ;;
    aarch64 | arm64) ADUANA_ARCHITECTURE=arm64 ;;
    *) fail "tell the architecture of this machine" "set ADUANA_ARCHITECTURE to arm64 or x86_64" ;;
  esac
fi

# What differs between the emulators, apart from how they are started: where a function finds the local AWS (LocalStack tells
# its functions by itself; MiniStack runs them as processes beside it), and where the redrive takes signed requests.
case $ADUANA_EMULATOR in
  localstack)
    endpoint_of_functions=
    redrive_endpoint=url
    ;;
  ministack)
    endpoint_of_functions=${ADUANA_FUNCTIONS_ENDPOINT:-$AWS_ENDPOINT_URL}
    redrive_endpoint=api
    ;;
  *) fail "know the emulator $ADUANA_EMULATOR" "set ADUANA_EMULATOR to localstack or ministack" ;;
esac

command -v aws >/dev/null 2>&1 ||
  fail "find the AWS command line" "install it (https://aws.amazon.com/cli/), or let docker compose run this script"
for function in validator redrive; do
  [ -f "$ADUANA_FUNCTIONS/$function/bootstrap.zip" ] ||
    fail "find the function $function in $ADUANA_FUNCTIONS" \
      "on your machine run \`cargo xtask package --arch $ADUANA_ARCHITECTURE\`, then this again"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing of the user's: no profile that would lead to a real AWS. Buckets by path, as their names are no hosts here.
printf '[default]\ns3 =\n  addressing_style = path\n' >"$work/config"
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ENDPOINT_URL AWS_CONFIG_FILE="$work/config" AWS_SHARED_CREDENTIALS_FILE="$work/credentials" AWS_PAGER=
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

echo "Deploying to $ADUANA_EMULATOR at $AWS_ENDPOINT_URL ($ADUANA_ARCHITECTURE)"
aws s3api create-bucket --bucket "$bucket" >/dev/null 2>&1 || aws s3api head-bucket --bucket "$bucket" >/dev/null ||
  fail "make the bucket $bucket at $AWS_ENDPOINT_URL" "is the local AWS running?"
set --
for function in validator redrive; do
  zip=$ADUANA_FUNCTIONS/$function/bootstrap.zip
  key=$function/$(cksum <"$zip" | tr ' ' -).zip
  aws s3 cp --only-show-errors "$zip" "s3://$bucket/$key"
  set -- "$@" -e "s|CodeUri: \.\./target/lambda/$function/bootstrap\.zip|CodeUri: s3://$bucket/$key|"
done
sed "$@" "$template" >"$work/template.yaml"

# Batches, concurrency, protection, the endpoint and the schedules that never come as in xtask/src/deploy.rs, which says why.
aws cloudformation deploy --stack-name "$ADUANA_STACK" --template-file "$work/template.yaml" \
  --s3-bucket "$bucket" --s3-prefix templates --no-fail-on-empty-changeset \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides "Prefix=$ADUANA_PREFIX" "Architecture=$ADUANA_ARCHITECTURE" \
  "EndpointUrl=$endpoint_of_functions" "RedriveEndpoint=$redrive_endpoint" BatchSize=10 BatchWindow=0 MaximumConcurrency=0 DeletionProtection=false \
  "ReconcileRate=cron(0 0 1 1 ? 2099)" "NotifyRate=cron(0 0 1 1 ? 2099)"
aws cloudformation describe-stacks --stack-name "$ADUANA_STACK" --output text \
  --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
