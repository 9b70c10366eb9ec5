{{/* As items of a List, the Service by which the API server reaches the webhook at the very end. */}}
{{- define "kmcp.webhook.service" -}}
{{- if .Values.webhook.podDisruptionBudget.enabled }}
- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata:
    name: {{ include "kmcp.fullname" . }}-webhook
    namespace: {{ include "kmcp.namespace" . }}
    labels:
      {{- include "kmcp.labels" . | nindent 6 }}
      app.kubernetes.io/component: webhook
  spec:
    maxUnavailable: {{ .Values.webhook.podDisruptionBudget.maxUnavailable }}
    selector:
      matchLabels:
        {{- include "kmcp.webhook.selector" . | nindent 8 }}
{{ end -}}
- apiVersion: v1
  kind: Service
  metadata:
    name: {{ include "kmcp.fullname" . }}-webhook
    namespace: {{ include "kmcp.namespace" . }}
    labels:
      {{- include "kmcp.labels" . | nindent 6 }}
      app.kubernetes.io/component: webhook
  spec:
    ports:
      - name: admission
        port: 443
        targetPort: admission
        protocol: TCP
    selector:
      {{- include "kmcp.webhook.selector" . | nindent 6 }}
{{- end -}}
