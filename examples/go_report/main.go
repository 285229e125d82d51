// Command go_report prints an artifact's vulnerability report, read with Huawei Cloud's own SDK for Go.
// Nothing in it knows hullscan: the endpoint is all that differs from a program for SWR.
//
//	cd examples/go_report
//	go run . ENDPOINT PROJECT_ID INSTANCE_ID NAMESPACE REPOSITORY DIGEST
//
// The access key is that of HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `hullscan status` tells the first three words.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	swr "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/swr/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/swr/v2/model"
)

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: go_report ENDPOINT PROJECT_ID INSTANCE_ID NAMESPACE REPOSITORY DIGEST")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).
		WithProjectId(words[1]).
		SafeBuild()
	if err != nil {
		return err
	}
	client, err := swr.SwrClientBuilder().WithEndpoints([]string{words[0]}).WithCredential(credentials).SafeBuild()
	if err != nil {
		return err
	}
	answer, err := swr.NewSwrClient(client).ListInstanceArtifactVulnerabilities(
		&model.ListInstanceArtifactVulnerabilitiesRequest{
			InstanceId:     words[2],
			NamespaceName:  words[3],
			// As SWR's documentation asks: a slash is replaced before the request is made.
			RepositoryName: strings.ReplaceAll(words[4], "/", "%2F"),
			Reference:      words[5],
		})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(answer.Body, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(text))
	return nil
}
