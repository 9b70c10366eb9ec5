{{- /* Made by `python -m tests.repository.charts` from the code. Do not edit. */ -}}

{{- define "kmcp.rights.servers" -}}
- apiGroups: ['']
  resources: [configmaps]
  verbs: [delete, get, list]
- apiGroups: ['']
  resources: [persistentvolumeclaims]
  verbs: [get, list]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [serviceaccounts, services]
  verbs: [create, delete, get, list, patch, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [create, delete, get, list, patch, watch]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get, list, watch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [kagent.dev]
  resources: [mcpservers]
  verbs: [get, list, watch]
- apiGroups: [kagent.dev]
  resources: [mcpservers/finalizers]
  verbs: [update]
- apiGroups: [kagent.dev]
  resources: [mcpservers/status]
  verbs: [patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, delete, get, list, patch, watch]
{{- end -}}

{{- define "kmcp.rights.secrets" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list]
{{- end -}}

{{- define "kmcp.rights.everywhere" -}}
- apiGroups: ['']
  resources: [namespaces]
  verbs: [list]
{{- end -}}

{{- define "kmcp.rights.nodes" -}}
- apiGroups: ['']
  resources: [nodes]
  verbs: [list]
{{- end -}}

{{- define "kmcp.rights.bundles" -}}
- apiGroups: [admissionregistration.k8s.io]
  resources: [mutatingwebhookconfigurations, validatingwebhookconfigurations]
  verbs: [get, patch]
  resourceNames: ['{{ include "kmcp.fullname" . }}']
{{- end -}}

{{- define "kmcp.rights.metrics" -}}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end -}}

{{- define "kmcp.rights.home" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [create, get, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{- define "kmcp.rights.leading" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, patch]
{{- end -}}

{{- define "kmcp.rights.expose" -}}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  verbs: [get]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [services]
  verbs: [get, list, watch, create, patch, delete]
{{- end -}}

{{- define "kmcp.rights.webhook" -}}
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
- apiGroups: ['']
  resources: [configmaps, serviceaccounts, persistentvolumeclaims]
  verbs: [get]
- apiGroups: ['']
  resources: [nodes]
  verbs: [list]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [admissionregistration.k8s.io]
  resources: [mutatingwebhookconfigurations, validatingwebhookconfigurations]
  resourceNames: ['{{ include "kmcp.fullname" . }}']
  verbs: [get]
{{- end -}}

{{- define "kmcp.rights.webhook.secrets" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [get]
{{- end -}}
