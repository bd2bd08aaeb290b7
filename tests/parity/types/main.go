// types writes the table of API types, assets/api/types.txt, from the Go types and the server's OpenAPI:
//
//	kubectl get --raw /openapi/v2 | go run . > ../../../assets/api/types.txt
//
// and what the API says of them, assets/api/words.txt:
//
//	kubectl get --raw /openapi/v2 | go run . words > ../../../assets/api/words.txt
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

type definition struct {
	Description string                    `json:"description"`
	Properties  map[string]map[string]any `json:"properties"`
	MapType     string                    `json:"x-kubernetes-map-type"`
	Required    []string                  `json:"required"`
}

// The kinds that are served, and those that are asked and answered.
var kinds = map[string]string{
	"v1": "Namespace Node PersistentVolume Pod Service Endpoints ConfigMap Secret ServiceAccount PersistentVolumeClaim " +
		"ResourceQuota LimitRange ReplicationController Event Binding PodTemplate",
	"apps/v1":                      "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision",
	"batch/v1":                     "Job CronJob",
	"autoscaling/v1":               "Scale HorizontalPodAutoscaler",
	"autoscaling/v2":               "HorizontalPodAutoscaler",
	"discovery.k8s.io/v1":          "EndpointSlice",
	"events.k8s.io/v1":             "Event",
	"networking.k8s.io/v1":         "Ingress IngressClass NetworkPolicy",
	"policy/v1":                    "PodDisruptionBudget Eviction",
	"rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
	"storage.k8s.io/v1":            "StorageClass",
	"scheduling.k8s.io/v1":         "PriorityClass",
	"coordination.k8s.io/v1":       "Lease",
	"authorization.k8s.io/v1":      "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview LocalSubjectAccessReview",
	"authentication.k8s.io/v1":     "SelfSubjectReview TokenReview TokenRequest",
	"apiextensions.k8s.io/v1":      "CustomResourceDefinition",
}

// Types that are written to JSON in their own way.
var plain = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                            "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                          "intorstring",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                           "microtime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":                            "any",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                            "raw",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                             "raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaProps": "any",
}

var (
	definitions map[string]definition
	done        = map[string]bool{}
	written     = map[string]definition{}
	// What holds a type that is inlined: it has no definition of its own.
	holders = map[reflect.Type]definition{}
	lines   []string
)

func short(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return strings.Join(parts[len(parts)-2:], ".") + "." + t.Name()
}

func openapi(t reflect.Type) definition {
	parts := strings.SplitN(t.PkgPath(), "/", 2)
	host := strings.Split(parts[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	def, ok := definitions[strings.Join(host, ".")+"."+strings.ReplaceAll(parts[1], "/", ".")+"."+t.Name()]
	if !ok {
		return holders[t]
	}
	return def
}

// What a type is called in the table; its own lines are written where it has fields.
func name(t reflect.Type) string {
	if p, ok := plain[t.PkgPath()+"."+t.Name()]; ok {
		return p
	}
	switch t.Kind() {
	case reflect.Pointer:
		return name(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32, reflect.Int64:
		return t.Kind().String()
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + name(t.Elem())
	case reflect.Map:
		return "{}" + name(t.Elem())
	case reflect.Struct:
		write(t)
		return short(t)
	}
	panic(t.String())
}

func text(p map[string]any, key string) string {
	s, _ := p[key].(string)
	return s
}

// How a list or map is merged: `atomic`, `set`, `keys=a,b` for apply; `merge=key`, `merge`, `retain` for
// strategic merge patches.
func flags(t reflect.Type, p map[string]any) (out []string) {
	strategy, key := text(p, "x-kubernetes-patch-strategy"), text(p, "x-kubernetes-patch-merge-key")
	merge := strings.Contains(strategy, "merge")
	if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
		var keys []string
		for _, k := range append([]any{}, anys(p["x-kubernetes-list-map-keys"])...) {
			keys = append(keys, k.(string))
		}
		switch kind := text(p, "x-kubernetes-list-type"); {
		case kind == "map":
			out = append(out, "keys="+strings.Join(keys, ","))
		case kind == "set", kind == "" && merge && key == "":
			out = append(out, "set")
		case kind == "" && merge:
			out = append(out, "keys="+key)
		}
	}
	if text(p, "x-kubernetes-map-type") == "atomic" {
		out = append(out, "atomic")
	}
	if merge && key != "" {
		out = append(out, "merge="+key)
	} else if merge && t.Kind() == reflect.Slice {
		out = append(out, "merge")
	}
	if strings.Contains(strategy, "retainKeys") {
		out = append(out, "retain")
	}
	return out
}

func anys(v any) []any { l, _ := v.([]any); return l }

func write(t reflect.Type) {
	id := short(t)
	if done[id] {
		return
	}
	done[id] = true
	def := openapi(t)
	if _, inlined := holders[t]; !inlined {
		written[id] = def
	}
	own := id
	if def.MapType == "atomic" {
		own += " atomic"
	}
	var fields []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("json"), ",")
		proto := strings.Split(f.Tag.Get("protobuf"), ",")
		if f.Type.Name() == "TypeMeta" || tag[0] == "-" || !f.IsExported() {
			continue
		}
		number := "0"
		if len(proto) > 1 {
			number = proto[1]
		}
		var out []string
		field := tag[0]
		if field == "" {
			field = strings.ToLower(f.Name[:1]) + f.Name[1:]
			out = append(out, "inline")
			holders[f.Type] = def
		}
		out = append(out, flags(f.Type, def.Properties[field])...)
		// Go leaves out an empty value with omitempty, but a struct only with omitzero.
		omits := "omitempty"
		if f.Type.Kind() == reflect.Struct {
			omits = "omitzero"
		}
		if f.Type.Kind() == reflect.Pointer {
			out = append(out, "pointer")
		} else if slices.Contains(tag[1:], omits) {
			out = append(out, "omit")
		}
		// A key that may be left out has a default, which the swagger of version 2 does not say.
		if (t.Name() == "ContainerPort" || t.Name() == "ServicePort") && field == "protocol" {
			out = append(out, "default=TCP")
		}
		for _, r := range def.Required {
			if r == field {
				out = append(out, "required")
			}
		}
		fields = append(fields, strings.TrimSpace(fmt.Sprintf(" %s %s %s %s", field, number, name(f.Type), strings.Join(out, " "))))
	}
	lines = append(lines, own+"\n  "+strings.Join(fields, "\n  "))
}

// What the API says of types and their fields.
func words() {
	said := definitions["io.k8s.api.core.v1.Pod"].Properties
	written["meta.v1.TypeMeta"] = definition{Properties: map[string]map[string]any{"apiVersion": said["apiVersion"], "kind": said["kind"]}}
	for id, name := range map[string]string{
		"quantity": "api.resource.Quantity", "intorstring": "util.intstr.IntOrString", "time": "apis.meta.v1.Time",
		"microtime": "apis.meta.v1.MicroTime", "fieldsV1": "apis.meta.v1.FieldsV1", "raw": "runtime.RawExtension",
	} {
		written[id] = definition{Description: definitions["io.k8s.apimachinery.pkg."+name].Description}
	}
	fmt.Print(`# What the API says of its types and their fields: one block a type, one line a field, as Kubernetes 1.36 publishes it
# (Apache-2.0). A line's end is \n, a tab \t, a backslash \\.
# Written by tests/parity/types; not by hand.
`)
	plain := strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\t", "\\t")
	for _, id := range slices.Sorted(maps.Keys(written)) {
		fmt.Println(id, plain.Replace(written[id].Description))
		for _, field := range slices.Sorted(maps.Keys(written[id].Properties)) {
			typed := (field == "apiVersion" || field == "kind") && written[id].Properties["metadata"] != nil
			if said := text(written[id].Properties[field], "description"); said != "" && !typed {
				fmt.Println(" ", field, plain.Replace(said))
			}
		}
	}
}

func main() {
	var swagger struct{ Definitions map[string]definition }
	if err := json.NewDecoder(os.Stdin).Decode(&swagger); err != nil {
		panic(err)
	}
	definitions = swagger.Definitions
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	for version, names := range kinds {
		group, _ := schema.ParseGroupVersion(version)
		for _, kind := range strings.Fields(names) {
			object, err := scheme.Scheme.New(group.WithKind(kind))
			if err != nil {
				panic(err)
			}
			write(reflect.TypeOf(object).Elem())
		}
	}
	if len(os.Args) > 1 && os.Args[1] == "words" {
		words()
		return
	}
	sort.Strings(lines)
	fmt.Print(`# The built-in API types of Kubernetes 1.36: one block a type, one line a field: name in JSON, number in protobuf,
# type, and what else holds. keys=, set, atomic: how apply merges (else lists are atomic, maps and objects merge).
# merge, merge=key, retain: how strategic merge patches do. omit: an empty value is as if it were not there;
# pointer: only a null is. inline: its fields stand in the object itself. default: of a key.
# Written by tests/parity/types; not by hand.
`)
	for _, l := range lines {
		fmt.Println(l)
	}
}
