{{/* The Service by which the API server reaches the webhook, as an item of a List. */}}
{{- define "kmcp.webhook.service" -}}
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
