// The workbook of ../workbook.json, which tools/workbook.py makes from the queries in infra/queries.

@description('Region of the workbook; that of the workspace.')
param location string

@description('Tags of all resources here.')
param tags object = {}

@description('Resource id of the Log Analytics workspace that it shows unless somebody chooses another.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'hubwarden')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Hubwarden'
    description: 'Posture, findings, actions, keys, images and costs of AI hubs, and the health of Hubwarden itself.'
    category: 'workbook'
    version: '1.0'
    sourceId: toLower(workspaceId)
    serializedData: replace(loadTextContent('../workbook.json'), '__workspaceId__', workspaceId)
  }
}

@description('Resource id of the workbook.')
output workbookId string = workbook.id
