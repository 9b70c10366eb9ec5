{{/* The names, labels and images that templates agree on. */}}

{{- define "kmcp.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kmcp.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if .Values.nameOverride -}}
{{- printf "%s-%s" .Release.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kmcp.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kmcp.selector" -}}
app.kubernetes.io/name: {{ include "kmcp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kmcp.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "kmcp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: kmcp
{{- end -}}

{{/* Our own Pods carry the label by which every webhook of kmcp leaves them alone. */}}
{{- define "kmcp.manager.selector" -}}
{{ include "kmcp.selector" . }}
control-plane: controller-manager
{{- end -}}

{{- define "kmcp.webhook.selector" -}}
{{ include "kmcp.selector" . }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "kmcp.account" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (printf "%s-controller-manager" (include "kmcp.fullname" .)) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "kmcp.webhook.account" -}}
{{- if .Values.webhook.serviceAccount.create -}}
{{- .Values.webhook.serviceAccount.name | default (printf "%s-webhook" (include "kmcp.fullname" .)) -}}
{{- else -}}
{{- .Values.webhook.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Takes a dict of an image and the chart. */}}
{{- define "kmcp.image" -}}
{{- $tag := .image.tag | default .chart.AppVersion | toString -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- define "kmcp.secret" -}}
{{- .Values.webhook.certificates.secretName | default (printf "%s-webhook" (include "kmcp.fullname" .)) -}}
{{- end -}}

{{- define "kmcp.lease" -}}
{{- printf "%s-controller-manager" (include "kmcp.fullname" .) -}}
{{- end -}}

{{/* The namespaces to look after, sorted and each once, when that is not the whole cluster. */}}
{{- define "kmcp.namespaces" -}}
{{- if .Values.rbac.namespaces -}}
{{- if not (has (include "kmcp.namespace" .) .Values.rbac.namespaces) -}}
{{- fail (printf "rbac.namespaces must name kmcp's own namespace, %s, too" (include "kmcp.namespace" .)) -}}
{{- end -}}
{{- .Values.rbac.namespaces | uniq | sortAlpha | join "," -}}
{{- end -}}
{{- end -}}

{{/* Whether the webhook runs; with Roles alone somebody else must bring its bundle. */}}
{{- define "kmcp.webhook.runs" -}}
{{- if and .Values.webhook.enabled (or (not .Values.rbac.namespaces) (eq .Values.webhook.certificates.mode "provided")) -}}
true
{{- end -}}
{{- end -}}

{{- define "kmcp.metrics.on" -}}
{{- if and .Values.controller.metrics.enabled (or (not .Values.rbac.namespaces) (not .Values.controller.metrics.secureServing)) -}}
true
{{- end -}}
{{- end -}}

{{- define "kmcp.port" -}}
{{- . | splitList ":" | last -}}
{{- end -}}

{{/* The flags about adapters, which both programs have. */}}
{{- define "kmcp.adapter.flags" -}}
- --adapter-image={{ include "kmcp.image" (dict "image" .Values.adapter.image "chart" .Chart) }}
- --adapter-pull-policy={{ .Values.adapter.image.pullPolicy }}
{{- with .Values.adapter.pullSecrets }}
- --adapter-pull-secrets={{ join "," . }}
{{- end }}
{{- with .Values.adapter.resources }}
- --adapter-resources={{ toJson . }}
{{- end }}
- --native-sidecars={{ .Values.adapter.nativeSidecars }}
- --adapter-user={{ .Values.adapter.user }}
- --adapter-port={{ .Values.adapter.port }}
- --adapter-admin-port={{ .Values.adapter.adminPort }}
- --adapter-path={{ .Values.adapter.path }}
- --cluster-domain={{ .Values.clusterDomain }}
- --namespace={{ include "kmcp.namespace" . }}
{{- with .Values.webhook.excludedNamespaces }}
- --excluded-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.runners.npx }}
- --npx-image={{ . }}
{{- end }}
{{- with .Values.runners.uvx }}
- --uvx-image={{ . }}
{{- end }}
{{- end -}}
